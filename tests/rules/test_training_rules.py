"""The shipped exam bank and tracks against the requirements, typed from §1.12 and §1.13 by hand."""

from __future__ import annotations

from datetime import date

import pytest

from grading.domain.exam import ExamKind, QuestionKind
from grading.domain.exam_document import exam_from
from grading.rulebook import seed_exam_documents, training_tracks

SINGLE, MULTIPLE, TRUE_FALSE = QuestionKind.SINGLE, QuestionKind.MULTIPLE, QuestionKind.TRUE_FALSE
BANK = exam_from(seed_exam_documents()["pdd_onboarding"])

# §1.13: number, type, how many options, answer, words of the question
ANSWERS = [
    (1, SINGLE, 4, "B", "默认发货时间"),
    (2, MULTIPLE, 4, "CD", "不支持下面哪种付款方式"),
    (3, SINGLE, 4, "D", "延迟发货"),
    (4, SINGLE, 4, "A", "虚假发货定义"),
    (5, SINGLE, 4, "A", "转运时间间隔"),
    (6, SINGLE, 4, "A", "罚款金额"),
    (7, SINGLE, 4, "D", "不属于拼多多所定义的“导流”"),
    (8, MULTIPLE, 7, "ABCDE", "哪几项属于平台所定义的导流行为"),
    (9, MULTIPLE, 8, "ABCDEH", "“导流”行为"),
    (10, MULTIPLE, 7, "ABCE", "避免“导流”"),
    (11, MULTIPLE, 5, "ABCD", "处罚"),
    (12, MULTIPLE, 4, "BC", "小明"),
    (13, TRUE_FALSE, 2, "A", "拒收"),
    (14, MULTIPLE, 7, "ABCEFG", "违禁词"),
    (15, SINGLE, 4, "C", "补偿方式"),
    (16, SINGLE, 4, "C", "3分钟人工回复率"),
]


@pytest.mark.parametrize(("number", "kind", "options", "answer", "words"), ANSWERS)
def test_a_question_is_the_seeds(number: int, kind: QuestionKind, options: int, answer: str, words: str) -> None:
    held = BANK.exam.questions[number - 1]
    assert (held.number, held.kind, len(held.options), held.answer) == (number, kind, options, frozenset(answer))
    assert words in held.text_zh
    assert [option.key for option in held.options] == list("ABCDEFGH"[:options])


def test_the_bank_is_whole() -> None:
    assert (BANK.exam.kind, BANK.version, BANK.effective_from) == (ExamKind.ONBOARDING, 1, date(2023, 7, 24))
    assert len(BANK.exam.questions) == 16
    assert [sum(each.kind is kind for each in BANK.exam.questions) for kind in (SINGLE, TRUE_FALSE, MULTIPLE)] == [
        8,
        1,
        7,
    ]
    assert BANK.exam.pass_mark is None  # not in the seed
    assert all(held.text_en and held.text_en != held.text_zh for held in BANK.exam.questions)


def test_only_the_disputed_question_carries_a_note() -> None:
    noted = [held.number for held in BANK.exam.questions if held.note_zh]
    assert noted == [2]
    assert "信用卡" in BANK.exam.questions[1].note_zh


def test_there_are_three_tracks_in_both_languages() -> None:
    tracks = training_tracks()
    assert list(tracks) == ["class_1", "class_2", "class_3"]
    for track in tracks.values():
        texts = [track, *track.stages]
        assert all(held.name_zh and held.name_en and held.name_zh != held.name_en for held in texts)
        assert all(stage.text_zh and stage.text_en for stage in track.stages)
