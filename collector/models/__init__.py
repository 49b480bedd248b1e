from collector.models.observer import Assignment, Check, Observer, ProblemReport
from collector.models.stimulus import Rendition, Stimulus
from collector.models.study import Study, StudyStimulus, StudyVersion
from collector.models.trial import Slot, Track, TrackChunk, Trial, Verdict

__all__ = [
    "Assignment",
    "Check",
    "Observer",
    "ProblemReport",
    "Rendition",
    "Slot",
    "Stimulus",
    "Study",
    "StudyStimulus",
    "StudyVersion",
    "Track",
    "TrackChunk",
    "Trial",
    "Verdict",
]
