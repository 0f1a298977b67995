"""What did the screen stop, and can the record of it be trusted?

Keys: those of `ui.checked`, `ui.policy_sandbox` and `ui.audit_log`.
"""

import streamlit as st

from ui import audit_log, checked, policy_sandbox, state
from ui.frame import page

with page("Content checks"):
    subject, found = checked.chosen(state.campaign())
    if not found:
        st.info("Nothing screened yet. Messages are screened when they are written or edited.")
    else:
        checked.counts(found)
        st.header("Severity by category", anchor=False)
        checked.distribution(found)
        st.header("Stopped messages", anchor=False)
        checked.stopped(found)
        st.header("Who decided", anchor=False)
        checked.reviewers(found)
        st.header("Take away", anchor=False)
        checked.downloads(subject, found)
    policy_sandbox.sandbox()
    st.header("Audit log", anchor=False)
    audit_log.chain()
    audit_log.entries()
