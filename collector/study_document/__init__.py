"""The study as one document: everything that shapes what an observer meets, frozen and hashed at launch."""

from collector.study_document.conduct import INTERRUPTIONS, Checks, Interruptions, Resume
from collector.study_document.consent import Consent
from collector.study_document.document import StudyDocument, TrackRules
from collector.study_document.viewing import Foveation, Viewing, assumed_px_per_deg

__all__ = [
    "INTERRUPTIONS",
    "Checks",
    "Consent",
    "Foveation",
    "Interruptions",
    "Resume",
    "StudyDocument",
    "TrackRules",
    "Viewing",
    "assumed_px_per_deg",
]
