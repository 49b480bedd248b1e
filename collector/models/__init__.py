from collector.models.export import TrackExport
from collector.models.observer import Assignment, Check, Observer, ProblemReport, SoundCheck
from collector.models.stimulus import Rendition, Stimulus
from collector.models.study import Study, StudyStimulus, StudyVersion
from collector.models.track import Likeness, Suspicion, Track, Verdict
from collector.models.trial import Slot, TrackChunk, Trial

__all__ = [
    "Assignment",
    "Check",
    "Likeness",
    "Observer",
    "ProblemReport",
    "Rendition",
    "Slot",
    "SoundCheck",
    "Stimulus",
    "Study",
    "StudyStimulus",
    "StudyVersion",
    "Suspicion",
    "Track",
    "TrackChunk",
    "TrackExport",
    "Trial",
    "Verdict",
]
