import pytest

from collector.study_document import INTERRUPTIONS, StudyDocument
from processing.errors import BadInput


def test_only_what_hides_the_clip_starts_it_again_by_default():
    policies = StudyDocument(title="x").interruptions.model_dump()
    assert tuple(policies) == INTERRUPTIONS
    assert [kind for kind, policy in policies.items() if policy != "mark"] == ["hidden", "slept"]


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"interruptions": {"hidden": "ignore"}}, "interruptions.hidden"),
        ({"interruptions": {"sneezed": "mark"}}, "interruptions.sneezed"),
        ({"checks": {"follow_min_share": 1.5}}, "checks.follow_min_share"),
        ({"checks": {"sound": "always"}}, "checks.sound"),
        ({"resume": {"policy": "forget"}}, "resume.policy"),
        ({"resume": {"max_age_hours": 0}}, "resume.max_age_hours"),
        ({"viewing": {"calibration": True}}, "viewing.calibration"),
    ],
)
def test_a_wrong_setting_is_refused_by_its_name(settings, named):
    with pytest.raises(BadInput, match=named):
        StudyDocument.from_mapping({"title": "x"} | settings)
