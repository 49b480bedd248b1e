"""Forms of the admin that call services."""

from typing import Any

from django import forms

from collector.models import Stimulus, Study, StudyVersion
from collector.services import studies
from collector.study_document import StudyDocument
from processing.errors import BadInput


class StudyVersionForm(forms.ModelForm):
    """Freeze a document and a choice of stimuli as the next version of a study."""

    document_json = forms.JSONField(
        label="Document",
        widget=forms.Textarea(attrs={"rows": 24, "cols": 100}),
        help_text="What is left out keeps its default. docs/study-document.md describes every key.",
    )
    shown = forms.ModelMultipleChoiceField(
        label="Stimuli",
        queryset=Stimulus.objects.filter(renditions__isnull=False, closed_reason="").distinct(),
    )
    practice = forms.ModelChoiceField(
        label="Practice clip",
        required=False,
        queryset=Stimulus.objects.filter(renditions__isnull=False, closed_reason="").distinct(),
    )

    class Meta:
        model = StudyVersion
        fields = ["study"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["document_json"].initial = StudyDocument(title="Watch short videos").canonical()

    def clean(self) -> dict[str, Any]:
        """Check the document and the choice, so that a one-line error stands beside its field."""
        cleaned = super().clean() or {}
        try:
            cleaned["document"] = StudyDocument.from_mapping(cleaned.get("document_json") or {})
        except BadInput as error:
            self.add_error("document_json", str(error))
        if "shown" in cleaned:
            try:
                studies.require_showable(list(cleaned["shown"]), cleaned.get("practice"))
            except BadInput as error:
                self.add_error("shown", str(error))
        return cleaned

    def freeze(self) -> StudyVersion:
        """Write the version that was checked."""
        study: Study = self.cleaned_data["study"]
        return studies.study_version_freeze(
            study=study,
            document=self.cleaned_data["document"],
            stimuli=list(self.cleaned_data["shown"]),
            practice=self.cleaned_data["practice"],
        )
