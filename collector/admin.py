"""The curator's tables of capture."""

from collections.abc import Callable

from django.contrib import admin, messages
from django.db.models import Count, Prefetch, Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from collector import selectors, work
from collector.errors import Refused
from collector.forms import StudyVersionForm
from collector.models import (
    Assignment,
    Check,
    Observer,
    ProblemReport,
    Rendition,
    Slot,
    Stimulus,
    Study,
    StudyStimulus,
    StudyVersion,
    Track,
    Trial,
    Verdict,
)
from collector.services import stimuli, studies, tracks
from processing.errors import BadInput


class ReadOnly(admin.ModelAdmin):
    """Records of what happened are looked at, never edited by hand."""

    def has_add_permission(self, request: HttpRequest, obj: object | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object | None = None) -> bool:
        return False


def each(
    admin_class: admin.ModelAdmin, request: HttpRequest, rows: QuerySet, act: Callable, done: str
) -> None:
    """Run `act` on every row; refusals become messages, the others go on."""
    worked = 0
    for row in rows:
        try:
            act(row)
        except (BadInput, Refused) as error:
            admin_class.message_user(request, f"{row}: {error}", messages.ERROR)
        else:
            worked += 1
    if worked:
        admin_class.message_user(request, f"{worked} {done}", messages.SUCCESS)


class RenditionInline(admin.TabularInline):
    model = Rendition
    fields = readonly_fields = [
        "sha256",
        "width",
        "height",
        "fps",
        "frames",
        "has_audio",
        "bytes",
        "created_at",
    ]
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: object | None = None) -> bool:
        return False


@admin.register(Stimulus)
class StimulusAdmin(admin.ModelAdmin):
    list_display = ["name", "state", "size", "fps", "frames", "licence", "valid_tracks", "open", "last_error"]
    list_filter = ["state", "licence", "synthetic"]
    search_fields = ["name", "title", "attribution"]
    readonly_fields = [
        "state",
        "attempt",
        "last_error",
        "original_sha256",
        "original_name",
        "original_bytes",
        "preparation",
        "synthetic",
        "started_at",
        "finished_at",
    ]
    fields = [
        "name",
        "title",
        ("licence", "attribution"),
        "source_url",
        "closed_reason",
        *readonly_fields,
    ]
    inlines = [RenditionInline]
    actions = ["close", "reopen", "prepare_again"]
    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        counted = Count("slots__trials__track", filter=Q(slots__practice=False))
        renditions = Prefetch("renditions", Rendition.objects.order_by("pk"))
        return super().get_queryset(request).annotate(track_count=counted).prefetch_related(renditions)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # `manage.py import_stimuli FOLDER` brings videos in

    @staticmethod
    def _newest(stimulus: Stimulus) -> Rendition | None:
        renditions = list(stimulus.renditions.all())
        return renditions[-1] if renditions else None

    @admin.display(description="size, px")
    def size(self, stimulus: Stimulus) -> str:
        rendition = self._newest(stimulus)
        return f"{rendition.width}×{rendition.height}" if rendition else "–"

    @admin.display(description="fps")
    def fps(self, stimulus: Stimulus) -> str:
        rendition = self._newest(stimulus)
        return str(rendition.fps) if rendition else "–"

    @admin.display(description="frames")
    def frames(self, stimulus: Stimulus) -> str:
        rendition = self._newest(stimulus)
        return str(rendition.frames) if rendition else "–"

    @admin.display(description="tracks", ordering="track_count")
    def valid_tracks(self, stimulus: Stimulus) -> int:
        return stimulus.track_count  # type: ignore[attr-defined]

    @admin.display(boolean=True, description="shown")
    def open(self, stimulus: Stimulus) -> bool:
        return not stimulus.closed_reason

    @admin.action(description="Show to nobody from now on")
    def close(self, request: HttpRequest, rows: QuerySet) -> None:
        reason = f"closed by {request.user}"
        each(self, request, rows, lambda row: stimuli.stimulus_close(stimulus=row, reason=reason), "closed")

    @admin.action(description="Show again")
    def reopen(self, request: HttpRequest, rows: QuerySet) -> None:
        each(self, request, rows, lambda row: stimuli.stimulus_reopen(stimulus=row), "reopened")

    @admin.action(description="Prepare again (failed ones)")
    def prepare_again(self, request: HttpRequest, rows: QuerySet) -> None:
        retried = [row for row in rows if work.retry(row)]
        for row in retried:
            work.enqueue("collector.tasks.stimulus_prepare", row.pk, queue="ingest")
        self.message_user(request, f"{len(retried)} put back in line")


class StudyVersionInline(admin.TabularInline):
    model = StudyVersion
    fields = readonly_fields = ["number", "document_sha256", "created_at"]
    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: object | None = None) -> bool:
        return False


@admin.register(Study)
class StudyAdmin(admin.ModelAdmin):
    list_display = ["title", "slug", "state", "simulated", "observer_count", "coverage", "observer_link"]
    list_filter = ["state", "simulated"]
    search_fields = ["slug", "title"]
    readonly_fields = ["state", "observer_link"]
    inlines = [StudyVersionInline]
    actions = ["open_study", "close_study"]
    list_per_page = 25

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).annotate(observer_total=Count("observers"))

    @admin.display(description="observers", ordering="observer_total")
    def observer_count(self, study: Study) -> int:
        return study.observer_total  # type: ignore[attr-defined]

    @admin.display(description="coverage, valid of wanted")
    def coverage(self, study: Study) -> str:
        if study.version is None:
            return "no version yet"
        rows = selectors.study_coverage(study.version)
        return f"{sum(min(row.valid, row.target) for row in rows)} of {sum(row.target for row in rows)}"

    @admin.display(description="link for observers")
    def observer_link(self, study: Study) -> str:
        return format_html('<a href="/study/{0}/">/study/{0}/</a>', study.slug) if study.slug else "–"

    @admin.action(description="Open: let observers in")
    def open_study(self, request: HttpRequest, rows: QuerySet) -> None:
        each(self, request, rows, lambda row: studies.study_open(study=row), "opened")

    @admin.action(description="Close: let nobody new in")
    def close_study(self, request: HttpRequest, rows: QuerySet) -> None:
        each(self, request, rows, lambda row: studies.study_close(study=row), "closed")


class StudyStimulusInline(admin.TabularInline):
    model = StudyStimulus
    fields = readonly_fields = ["stimulus", "practice"]
    extra = 0
    can_delete = False


@admin.register(StudyVersion)
class StudyVersionAdmin(ReadOnly):
    list_display = ["study", "number", "document_sha256", "created_at"]
    list_filter = ["study"]
    list_select_related = ["study"]
    readonly_fields = ["study", "number", "document_sha256", "frozen_document", "created_at"]
    form = StudyVersionForm

    def has_add_permission(self, request: HttpRequest, obj: object | None = None) -> bool:
        return request.user.has_perm("collector.add_studyversion")

    def get_fieldsets(self, request: HttpRequest, obj: StudyVersion | None = None) -> list:
        names = self.readonly_fields if obj else ["study", "shown", "practice", "document_json"]
        return [(None, {"fields": names})]

    def get_readonly_fields(self, request: HttpRequest, obj: StudyVersion | None = None) -> list[str]:
        return self.readonly_fields if obj else []

    def get_inlines(self, request: HttpRequest, obj: StudyVersion | None = None) -> list:
        return [StudyStimulusInline] if obj else []

    def save_form(self, request: HttpRequest, form: StudyVersionForm, change: bool) -> StudyVersion:
        return form.freeze()

    def save_model(self, request: HttpRequest, obj: StudyVersion, form: object, change: bool) -> None:
        """Frozen already: a version is written whole by its service."""

    def save_related(self, request: HttpRequest, form: object, formsets: object, change: bool) -> None:
        """Its stimuli too."""


class AssignmentInline(admin.TabularInline):
    model = Assignment
    fields = readonly_fields = ["step", "version", "language", "consented_at", "completed_at"]
    extra = 0
    can_delete = False
    show_change_link = True


@admin.register(Observer)
class ObserverAdmin(ReadOnly):
    list_display = ["label", "study", "simulated", "step", "trials_finished", "created_at"]
    list_filter = ["study", "simulated", "assignments__step"]
    list_select_related = ["study"]
    search_fields = ["label"]
    inlines = [AssignmentInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        finished = Count(
            "assignments__slots__trials", filter=Q(assignments__slots__trials__phase=Trial.Phase.FINISHED)
        )
        return super().get_queryset(request).annotate(finished=finished).prefetch_related("assignments")

    @admin.display(description="at step")
    def step(self, observer: Observer) -> str:
        return ", ".join(assignment.get_step_display() for assignment in observer.assignments.all())

    @admin.display(description="trials finished", ordering="finished")
    def trials_finished(self, observer: Observer) -> int:
        return observer.finished  # type: ignore[attr-defined]


class CheckInline(admin.TabularInline):
    model = Check
    fields = readonly_fields = ["kind", "passed", "results", "created_at"]
    extra = 0
    can_delete = False


class SlotInline(admin.TabularInline):
    model = Slot
    fields = readonly_fields = ["position", "stimulus", "practice", "reserved_until"]
    extra = 0
    can_delete = False


@admin.register(Assignment)
class AssignmentAdmin(ReadOnly):
    list_display = ["observer", "version", "step", "recruiter", "language", "created_at", "completed_at"]
    list_filter = ["step", "version__study", "recruiter", "language"]
    list_select_related = ["observer", "version__study"]
    search_fields = ["observer__label", "completion_code"]
    inlines = [CheckInline, SlotInline]


class VerdictInline(admin.TabularInline):
    model = Verdict
    fields = readonly_fields = ["grade", "reasons", "by", "rules_fingerprint", "created_at"]
    extra = 0
    can_delete = False


@admin.register(Trial)
class TrialAdmin(ReadOnly):
    list_display = ["stimulus", "observer", "number", "phase", "state", "grade", "reasons", "created_at"]
    list_filter = ["phase", "state", "slot__practice", "slot__assignment__observer__study"]
    list_select_related = ["slot__stimulus", "slot__assignment__observer", "track"]
    search_fields = ["slot__assignment__observer__label", "slot__stimulus__name"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).prefetch_related("track__verdicts")

    @admin.display(ordering="slot__stimulus__name")
    def stimulus(self, trial: Trial) -> str:
        return trial.slot.stimulus.name

    @admin.display(ordering="slot__assignment__observer__label")
    def observer(self, trial: Trial) -> str:
        return trial.slot.assignment.observer.label

    @staticmethod
    def _verdict(trial: Trial) -> Verdict | None:
        track = getattr(trial, "track", None)
        return next(iter(track.verdicts.all()), None) if track else None

    @admin.display(description="grade")
    def grade(self, trial: Trial) -> str:
        verdict = self._verdict(trial)
        return verdict.grade if verdict else "–"

    @admin.display(description="reasons")
    def reasons(self, trial: Trial) -> str:
        verdict = self._verdict(trial)
        return ", ".join(reason["code"] for reason in verdict.reasons) if verdict else trial.last_error


@admin.register(Track)
class TrackAdmin(ReadOnly):
    list_display = ["trial", "grade", "samples", "moves", "marks", "bytes", "sha256", "created_at"]
    list_filter = ["trial__slot__assignment__observer__study", "verdicts__grade"]
    list_select_related = ["trial__slot__stimulus", "trial__slot__assignment__observer"]
    search_fields = ["trial__slot__assignment__observer__label", "trial__slot__stimulus__name", "sha256"]
    inlines = [VerdictInline]
    actions = ["accept", "reject"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).annotate(grade=selectors.newest_grade())

    @admin.display(ordering="grade")
    def grade(self, track: Track) -> str:
        return track.grade  # type: ignore[attr-defined]

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("collector.add_verdict")

    @admin.action(description="Accept: counts from now on", permissions=["decide"])
    def accept(self, request: HttpRequest, rows: QuerySet) -> None:
        self._decide(request, rows, Verdict.Grade.VALID, "accepted in the admin")

    @admin.action(description="Reject: does not count from now on", permissions=["decide"])
    def reject(self, request: HttpRequest, rows: QuerySet) -> None:
        self._decide(request, rows, Verdict.Grade.REJECTED, "rejected in the admin")

    def _decide(self, request: HttpRequest, rows: QuerySet, grade: str, reason: str) -> None:
        def decide(track: Track) -> None:
            tracks.verdict_add(track=track, grade=grade, reason=reason, by=str(request.user))

        each(self, request, rows, decide, f"{grade} from now on")


@admin.register(ProblemReport)
class ProblemReportAdmin(ReadOnly):
    list_display = ["created_at", "page", "text", "assignment"]
    list_filter = ["page", "assignment__version__study"]
    list_select_related = ["assignment__observer", "assignment__version__study"]
    search_fields = ["text"]
