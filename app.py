"""The app: which pages there are, and the one that was asked for."""

import streamlit as st

from ui.frame import ICON

# Before the list: else every visitor's browser fetches the icon of the first page from Google.
st.set_page_config(page_icon=ICON)
st.navigation(
    {
        "": [
            st.Page(
                "pages/home.py",
                title="Home",
                icon=":material/home:",
                url_path="start",
                default=True,
                help="What needs you now, what is running, and the next step of a campaign.",
            ),
            # The default page lives at "/"; people type /home all the same.
            st.Page("pages/home.py", title="Home", url_path="home", visibility="hidden"),
        ],
        "Campaign": [
            st.Page(
                "pages/customers.py",
                title="Customers",
                icon=":material/group:",
                url_path="customers",
                help="Bring in a customer file, see what became of each row, and use it.",
            ),
            st.Page(
                "pages/segments.py",
                title="Segments",
                icon=":material/donut_small:",
                url_path="segments",
                help="Divide customers by rules and look inside each segment.",
            ),
            st.Page(
                "pages/library.py",
                title="Library",
                icon=":material/local_library:",
                url_path="library",
                help="The approved documents a message may rest on, and a search of them.",
            ),
            st.Page(
                "pages/messages.py",
                title="Messages",
                icon=":material/edit_note:",
                url_path="messages",
                help="Write the brief, generate a message per segment and tone, and edit them.",
            ),
            st.Page(
                "pages/approvals.py",
                title="Approvals",
                icon=":material/rule:",
                url_path="approvals",
                help="Decide about one message at a time, with its findings and sources.",
            ),
            st.Page(
                "pages/send.py",
                title="Send",
                icon=":material/outbox:",
                url_path="send",
                help="Check, lock and assign the customers, then export for your sender.",
            ),
        ],
        "Results": [
            st.Page(
                "pages/results.py",
                title="Results",
                icon=":material/query_stats:",
                url_path="results",
                help="Whether it worked, how sure that is, and what you decide.",
            ),
            st.Page(
                "pages/reports.py",
                title="Reports",
                icon=":material/menu_book:",
                url_path="reports",
                help="Every sealed test with its report, and what all of them together say.",
            ),
        ],
        "Governance": [
            st.Page(
                "pages/content_checks.py",
                title="Content checks",
                icon=":material/shield:",
                url_path="content_checks",
                help="What the screen stopped, who decided, and whether the record is whole.",
            ),
            st.Page(
                "pages/history.py",
                title="Customer history",
                icon=":material/person_search:",
                url_path="history",
                help="Why one customer got what they got, and a copy of it to hand out.",
            ),
            st.Page(
                "pages/settings.py",
                title="Settings",
                icon=":material/settings:",
                url_path="settings",
                help="Time zone, currency, language, how long data is kept, and the engines.",
            ),
        ],
    },
    position="top",
).run()
