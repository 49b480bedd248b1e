"""Studies are made, frozen into versions, opened and closed."""

from collections.abc import Sequence

from django.db import IntegrityError, transaction

from collector.models import Stimulus, Study, StudyStimulus, StudyVersion
from collector.study_document import StudyDocument
from processing.errors import BadInput


def study_create(*, slug: str, title: str, simulated: bool = False) -> Study:
    """A draft study without a version; raises BadInput when the slug is taken."""
    try:
        with transaction.atomic():
            return Study.objects.create(slug=slug, title=title, simulated=simulated)
    except IntegrityError as error:
        raise BadInput(f"a study with the address {slug!r} exists already: choose another") from error


def require_showable(stimuli: Sequence[Stimulus], practice: Stimulus | None) -> None:
    """Raises BadInput when there is nothing to show but the practice clip, or something has no rendition yet."""
    if all(stimulus == practice for stimulus in stimuli):
        raise BadInput("a study shows at least one stimulus besides its practice clip: choose some first")
    shown = [*stimuli, *([practice] if practice else [])]
    unprepared = [stimulus.name for stimulus in shown if stimulus.rendition is None]
    if unprepared:
        raise BadInput(
            f"not prepared for showing yet: {', '.join(unprepared)}; wait, or look at their errors"
        )


@transaction.atomic
def study_version_freeze(
    *, study: Study, document: StudyDocument, stimuli: Sequence[Stimulus], practice: Stimulus | None = None
) -> StudyVersion:
    """Freeze a document and a list of stimuli as the version that new observers get.

    Raises BadInput as `require_showable` does.
    """
    require_showable(stimuli, practice)
    Study.objects.select_for_update().get(pk=study.pk)  # numbers are given out one at a time
    last = study.version
    version = StudyVersion.objects.create(
        study=study,
        number=last.number + 1 if last else 1,
        frozen_document=document.canonical(),
        document_sha256=document.sha256(),
    )
    rows = [StudyStimulus(version=version, stimulus=s) for s in stimuli if s != practice]
    if practice:
        rows.append(StudyStimulus(version=version, stimulus=practice, practice=True))
    StudyStimulus.objects.bulk_create(rows)
    return version


def study_open(*, study: Study) -> None:
    """Let observers in; raises BadInput when there is no frozen version."""
    if study.version is None:
        raise BadInput("freeze a version first: observers need something to watch")
    study.state = Study.State.OPEN
    study.save(update_fields=["state"])


def study_close(*, study: Study) -> None:
    """Let nobody new in; those who are inside may finish."""
    study.state = Study.State.CLOSED
    study.save(update_fields=["state"])
