"""Objection and erasure on the page of customers."""

import pytest

ID, REASON, CONFIRM = "customers.one_id", "customers.one_reason", "customers.one_confirm"


def filled(page, customer, reason):
    page.text_input(key=ID).set_value(customer)
    page.text_input(key=REASON).set_value(reason)
    return page


def test_an_objection_is_one_click_and_the_form_is_empty_again(visit, loaded):
    page = filled(visit("customers", loaded, "marketer"), "C00002", "by letter")
    page.button(key="customers.object").click().run()
    assert "Nothing is exported to this customer any more" in page.success[0].value
    assert page.text_input(key=ID).value == ""
    assert any(e.label == "People to leave out (1)" for e in page.expander)


def test_an_erasure_asks_first_and_gives_a_receipt(visit, loaded):
    page = filled(visit("customers", loaded, "admin"), "C00002", "by letter")
    page.button(key="customers.erase").click().run()
    assert "tick first" in page.error[0].value
    filled(page, "C00002", "by letter").checkbox(key=CONFIRM).check()
    page.button(key="customers.erase").click().run()
    assert page.success[0].value.startswith("Erased: ")
    assert page.text_input(key=ID).value == ""
    (receipt,) = (each.value for each in page.code)
    assert "Out of our reach" in receipt
    assert "C00002" not in receipt
    assert page.get("download_button")


def test_the_form_stays_open_after_a_refusal_also_when_nothing_was_typed(visit, loaded):
    page = visit("customers", loaded, "admin")
    assert not opened(page)
    page.button(key="customers.object").click().run()
    assert page.error
    assert opened(page)


def opened(page):
    (form,) = (e for e in page.expander if e.label.startswith("Objection and erasure"))
    return form.proto.expanded


def test_who_may_not_import_sees_why_and_no_form(visit, loaded):
    page = visit("customers", loaded, "approver")
    assert not [b for b in page.button if b.key == "customers.erase"]
    with pytest.raises(KeyError):
        page.text_input(key=ID)
