import pytest

from collector.study_document import StudyDocument
from processing.errors import BadInput


def test_defaults_make_a_whole_study():
    document = StudyDocument.from_mapping({"title": "Watch"})
    assert StudyDocument.from_mapping(document.canonical()) == document


def test_the_hash_tells_documents_apart_and_nothing_else():
    first = StudyDocument(title="Watch")
    assert first.sha256() == StudyDocument(title="Watch", clips_per_visit=20).sha256()
    assert first.sha256() != StudyDocument(title="Watch", clips_per_visit=19).sha256()


@pytest.mark.parametrize(
    ("mapping", "named"),
    [
        ({}, "title"),
        ({"title": "x", "clip_per_visit": 3}, "clip_per_visit"),
        ({"title": "x", "clips_per_visit": 0}, "clips_per_visit"),
        ({"title": "x", "foveation": {"blur_sigma_share": 2}}, "foveation.blur_sigma_share"),
        ({"title": "x", "rules": {"min_mapped_share": "much"}}, "rules.min_mapped_share"),
        ({"title": "x", "languages": ["fr"]}, "languages.0"),
        ({"title": "x", "languages": []}, "languages"),
        ({"title": "x", "consent": {"version": "v" * 41}}, "consent.version"),
        ({"title": "x", "consent": {"version": ""}}, "consent.version"),
        ({"title": "x", "consent": {"text": {"en": []}}}, "consent.text.en"),
        ({"title": "x", "consent": {"text": {"en": ["a\x00b"]}}}, "consent: .* cannot be stored"),
        ({"title": "x\ud800"}, "title: .* cannot be stored"),
        ({"title": "x", "consent": {"pay": {"en": "3 euro"}}}, "zh-hans"),
        ({"title": "x", "consent": {"pay": {"en": " "}}}, "consent.pay.en"),
        ({"title": "x", "consent": {"pay": {"fr": "3 euro"}}}, "consent.pay.fr"),
    ],
)
def test_a_wrong_document_is_refused_in_one_line_that_names_the_key(mapping, named):
    with pytest.raises(BadInput, match=named) as refused:
        StudyDocument.from_mapping(mapping)
    assert "\n" not in str(refused.value)


def test_a_language_without_a_text_of_its_own_gets_the_english_one():
    consent = StudyDocument(title="x", consent={"version": "2", "text": {"en": ["Yes?"]}}).consent
    assert consent.paragraphs("zh-hans") == ["Yes?"]


def test_the_sentence_on_pay_is_part_of_what_is_agreed_to_and_of_the_hash():
    pay = {"en": "You are paid 3 euro.", "zh-hans": "您将获得 3 欧元。"}
    silent, paying = StudyDocument(title="x"), StudyDocument(title="x", consent={"pay": pay})
    assert paying.consent.agreed("zh-hans") == [*silent.consent.agreed("zh-hans"), pay["zh-hans"]]
    assert silent.consent.pay_in("en") == ""
    assert paying.sha256() != silent.sha256()


def test_a_study_in_one_language_says_its_pay_in_that_one():
    document = StudyDocument(title="x", languages=["en"], consent={"pay": {"en": "It is not paid."}})
    assert document.consent.pay_in("en") == "It is not paid."


def test_a_document_frozen_before_there_was_such_a_sentence_still_reads():
    frozen = StudyDocument(title="x").canonical()
    del frozen["consent"]["pay"]
    assert StudyDocument.model_validate(frozen).consent.pay == {}
