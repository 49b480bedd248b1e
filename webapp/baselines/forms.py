"""What a curator says to start a run; the page and the admin ask the same."""

from typing import Any

from django import forms

from collector.work import WorkState
from webapp.baselines.models import BaselineRun
from webapp.baselines.presets import presets
from webapp.datasets.models import Release


class RunForm(forms.ModelForm):
    """Asks for a run of one of the presets on a finished release."""

    config = forms.ChoiceField(label="What to train", widget=forms.RadioSelect)
    baseline = forms.CharField(
        label="Name on the board",
        max_length=80,
        required=False,
        help_text="Of several runs of one name the newest stands. Empty: the name of what is trained.",
    )

    class Meta:
        model = BaselineRun
        fields = ["release", "config", "device", "subset", "baseline"]
        labels = {"release": "Dataset", "subset": "Predict"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        release = self.fields["release"]
        assert isinstance(release, forms.ModelChoiceField)
        release.queryset = Release.objects.filter(state=WorkState.DONE).select_related("study")
        release.empty_label = "Choose a dataset"
        config = self.fields["config"]
        assert isinstance(config, forms.ChoiceField)
        config.choices = [(preset.name, preset.name) for preset in presets()]
