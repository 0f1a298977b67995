"""Answers that were paid for outlive the process that got them."""

from core.storage.answer_file import AnswerFile

FIRST, SECOND = {"text": "größer\n{}"}, {"text": "two"}


def test_an_answer_is_found_by_its_question_and_by_no_other(tmp_path):
    kept = AnswerFile(tmp_path / "answers" / "run.jsonl")
    assert kept.answer("run/v1/1") is None
    kept.keep("run/v1/1", FIRST)
    kept.keep("run/v1/10", SECOND)
    # Another process reads what this one wrote.
    again = AnswerFile(kept.path)
    assert again.answer("run/v1/1") == FIRST
    assert again.answer("run/v1/10") == SECOND
    assert again.answer("run/v1") is None


def test_half_a_line_is_no_answer_and_hides_no_other(tmp_path):
    kept = AnswerFile(tmp_path / "run.jsonl")
    kept.keep("a", FIRST)
    whole = kept.path.read_bytes()
    for cut in range(len(whole)):
        kept.path.write_bytes(whole[:cut])
        assert kept.answer("a") is None
    kept.path.write_bytes(whole[:9])
    kept.keep("a", FIRST)
    assert kept.answer("a") == FIRST


def test_it_is_gone_when_everything_is_in_the_database(tmp_path):
    kept = AnswerFile(tmp_path / "run.jsonl")
    kept.remove()
    kept.keep("a", FIRST)
    kept.remove()
    assert kept.answer("a") is None
