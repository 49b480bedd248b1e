"""The curator's tables of submissions and evaluations."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from collector import blobs
from webapp.datasets.admin.work_rows import NOTHING, AskedFor, WorkRows, as_document, file_link
from webapp.leaderboard.models import METRICS, ClipScore, Evaluation, Submission
from webapp.leaderboard.services import evaluation_request, submission_add


class SubmissionForm(forms.ModelForm):
    """Hands in a zip for a team."""

    predictions = forms.FileField(help_text="A zip of one NAME.mp4 for each clip of the part, nothing else")

    class Meta:
        model = Submission
        fields = ["release", "subset", "name"]


@admin.register(Submission)
class SubmissionAdmin(AskedFor):
    ask_form = SubmissionForm
    list_display = ["name", "kind", "release", "subset", "submitted_by", "scored", "created_at"]
    list_filter = ["kind", "subset", "release"]
    list_select_related = ["release__study", "submitted_by"]
    search_fields = ["name", "release__title", "submitted_by__username"]
    actions = ["evaluate_again", "evaluate_compatible", "evaluate_crowdsal"]
    fields = readonly_fields = (
        "release",
        "subset",
        "name",
        "kind",
        "submitted_by",
        "archive",
        "scored",
        "created_at",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        evaluations = Evaluation.objects.defer("results").order_by("pk")
        return super().get_queryset(request).prefetch_related(Prefetch("evaluations", evaluations))

    def ask(self, request: HttpRequest, wish: dict[str, Any]) -> Submission:
        upload = wish.pop("predictions")
        with blobs.scratch() as folder:
            path = folder / "predictions.zip"
            with path.open("wb") as target:
                for block in upload.chunks():
                    target.write(block)
            submission = submission_add(predictions=path, submitted_by=request.user, **wish)
        for evaluation in submission.evaluations.all():
            evaluation.enqueue()
        return submission

    @admin.action(description="Evaluate (again, where it failed)", permissions=["change"])
    def evaluate_again(self, request: HttpRequest, rows: QuerySet) -> None:
        self._evaluate(request, rows, Evaluation.Mode.CORRECTED)

    @admin.action(description="Evaluate as AIM24 and NTIRE26 do, too", permissions=["change"])
    def evaluate_compatible(self, request: HttpRequest, rows: QuerySet) -> None:
        self._evaluate(request, rows, Evaluation.Mode.COMPATIBLE)

    @admin.action(description="Evaluate as CrowdSAL does, too", permissions=["change"])
    def evaluate_crowdsal(self, request: HttpRequest, rows: QuerySet) -> None:
        self._evaluate(request, rows, Evaluation.Mode.CROWDSAL)

    def _evaluate(self, request: HttpRequest, rows: QuerySet, mode: str) -> None:
        self.each(
            request,
            rows,
            lambda submission: evaluation_request(submission=submission, mode=mode).enqueue(),
            "evaluations asked for",
        )

    @admin.display(description="evaluations")
    def scored(self, submission: Submission) -> str:
        found = [f"{evaluation.mode}: {evaluation.state}" for evaluation in submission.evaluations.all()]
        return ", ".join(found) or NOTHING

    @admin.display
    def archive(self, submission: Submission) -> str:
        return file_link(
            "products", submission.predictions_sha256, f"{submission.name}.zip", "application/zip"
        )


@admin.register(Evaluation)
class EvaluationAdmin(WorkRows):
    list_display = ["id", "name", "release", "subset", "mode", "standing", *METRICS, "took", "reason"]
    list_filter = ["state", "mode", "submission__kind", "submission__subset", "submission__release"]
    list_select_related = ["submission__release"]
    search_fields = ["submission__name", "submission__release__title", "last_error"]
    fields = readonly_fields = (
        "submission",
        "mode",
        "state",
        "clips",
        "attempt",
        "last_error",
        *METRICS,
        "results_text",
        "created_at",
        "started_at",
        "finished_at",
    )

    results_text = as_document("results")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # a submission brings its own

    @admin.display
    def clips(self, evaluation: Evaluation) -> str:
        """How many are over, with a link to them; a dash before the submission is taken apart."""
        if not evaluation.progress_total:
            return NOTHING
        rows = reverse("admin:leaderboard_clipscore_changelist")
        over = f"{evaluation.progress_done} of {evaluation.progress_total}"
        return format_html('<a href="{}?evaluation__id__exact={}">{}</a>', rows, evaluation.pk, over)

    @admin.display(ordering="submission__name")
    def name(self, evaluation: Evaluation) -> str:
        return evaluation.submission.name

    @admin.display(ordering="submission__release")
    def release(self, evaluation: Evaluation) -> str:
        return str(evaluation.submission.release)

    @admin.display(ordering="submission__subset")
    def subset(self, evaluation: Evaluation) -> str:
        return evaluation.submission.get_subset_display()


@admin.register(ClipScore)
class ClipScoreAdmin(WorkRows):
    """The clips of evaluations, to look at: cancelled and tried again they are with their evaluation."""

    actions = []
    list_display = ["id", "clip", "submission", "mode", "standing", "took", "reason"]
    list_filter = ["state", "evaluation__mode", "evaluation__submission__release"]
    list_select_related = ["item", "evaluation__submission__release"]
    search_fields = ["item__name", "evaluation__submission__name", "last_error"]
    fields = readonly_fields = (
        "evaluation",
        "clip",
        "state",
        "attempt",
        "last_error",
        "warnings",
        "created_at",
        "started_at",
        "finished_at",
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # an evaluation brings its own

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).defer("curves", "evaluation__results")

    @admin.display(ordering="item__name")
    def clip(self, part: ClipScore) -> str:
        return part.item.name

    @admin.display(ordering="evaluation__submission__name")
    def submission(self, part: ClipScore) -> str:
        return str(part.evaluation.submission)

    @admin.display(ordering="evaluation__mode")
    def mode(self, part: ClipScore) -> str:
        return part.evaluation.mode
