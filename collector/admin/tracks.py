"""Tracks: verdicts, which people may add to, and doubts, which people look at."""

from typing import Any

from django.contrib import admin
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from collector import selectors
from collector.admin.base import ReadOnly, each
from collector.models import Likeness, Track, Verdict
from collector.services import doubts, tracks


class VerdictInline(admin.TabularInline):
    model = Verdict
    readonly_fields = ["grade", "reasons", "by", "rules_fingerprint", "created_at"]
    fields = (*readonly_fields,)
    extra = 0
    can_delete = False


class SuspicionFilter(admin.SimpleListFilter):
    """By how much speaks for forgery."""

    title = "suspicion"
    parameter_name = "suspicion"
    BANDS = {
        "high": ("0.8 and more", Q(suspicion__score__gte=0.8)),
        "middle": ("0.5 to 0.8", Q(suspicion__score__gte=0.5, suspicion__score__lt=0.8)),
        "low": ("below 0.5", Q(suspicion__score__lt=0.5)),
        "none": ("not looked at", Q(suspicion__score=None)),
    }

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [(key, title) for key, (title, _) in self.BANDS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        band = self.BANDS.get(self.value() or "")
        return queryset.filter(band[1]) if band else queryset


@admin.register(Track)
class TrackAdmin(ReadOnly):
    list_display = ["trial", "grade", "suspicion_score", "doubts", "samples", "moves", "marks", "created_at"]
    list_filter = [
        SuspicionFilter,
        "trial__slot__assignment__observer__study",
        "verdicts__grade",
        ("damage", admin.EmptyFieldListFilter),
    ]
    list_select_related = ["trial__slot__stimulus", "trial__slot__assignment__observer", "suspicion"]
    search_fields = ["trial__slot__assignment__observer__label", "trial__slot__stimulus__name", "sha256"]
    readonly_fields = ["reasons_to_doubt", "like_other_tracks"]
    exclude = ["chunk_digests"]
    inlines = [VerdictInline]
    actions = ["accept", "reject", "look_again", "compare_again"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).annotate(grade=selectors.newest_grade())

    @admin.display(ordering="grade")
    def grade(self, track: Track) -> str:
        return track.grade  # type: ignore[attr-defined]

    @admin.display(description="suspicion", ordering=F("suspicion__score").desc(nulls_last=True))
    def suspicion_score(self, track: Track) -> str:
        score = track.suspicion.score if hasattr(track, "suspicion") else None
        return "–" if score is None else f"{score:.2f}"

    @admin.display(description="doubts")
    def doubts(self, track: Track) -> str:
        found = track.suspicion.reasons if hasattr(track, "suspicion") else []
        return ", ".join(reason["code"] for reason in found)

    @admin.display(description="reasons to doubt")
    def reasons_to_doubt(self, track: Track) -> str:
        if not hasattr(track, "suspicion"):
            return "practice is not looked at"
        rows = ((f"{one['strength']:.2f}", one["sentence"]) for one in track.suspicion.reasons)
        return format_html_join("", "<div>{} · {}</div>", rows) or track.suspicion.last_error or "none found"

    @admin.display(description="like other tracks")
    def like_other_tracks(self, track: Track) -> str:
        alike = Likeness.objects.filter(Q(track=track) | Q(other=track)).order_by("-strength")
        alike = alike.select_related(
            *(f"{end}__trial__slot__assignment__observer" for end in ("track", "other"))
        )
        rows = [(self._link(one, track), f"{one.strength:.2f}", likeness_in_words(one)) for one in alike]
        return format_html_join("", "<div>{} · {} · {}</div>", rows) or "none found"

    @staticmethod
    def _link(likeness: Likeness, track: Track) -> SafeString:
        other = likeness.other if likeness.track_id == track.pk else likeness.track
        address = reverse("admin:collector_track_change", args=[other.pk])
        return format_html('<a href="{}">{}</a>', address, other.trial.slot.assignment.observer.label)

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("collector.add_verdict")

    @admin.action(description="Accept: counts from now on", permissions=["decide"])
    def accept(self, request: HttpRequest, rows: QuerySet) -> None:
        self._decide(request, rows, Verdict.Grade.VALID, "accepted in the admin")

    @admin.action(description="Reject: does not count from now on", permissions=["decide"])
    def reject(self, request: HttpRequest, rows: QuerySet) -> None:
        self._decide(request, rows, Verdict.Grade.REJECTED, "rejected in the admin")

    @admin.action(description="Look for forgery again, by the rules of today", permissions=["decide"])
    def look_again(self, request: HttpRequest, rows: QuerySet) -> None:
        count = doubts.suspicions_renew(tracks=list(rows))
        self.message_user(request, f"{count} tracks will be looked at again")

    @admin.action(
        description="Compare file and chunks again, once a damaged file was restored", permissions=["decide"]
    )
    def compare_again(self, request: HttpRequest, rows: QuerySet) -> None:
        count = doubts.chunks_check_again(tracks=list(rows))
        self.message_user(request, f"{count} damaged tracks will be compared again")

    def _decide(self, request: HttpRequest, rows: QuerySet, grade: str, reason: str) -> None:
        def decide(track: Track) -> None:
            tracks.verdict_add(track=track, grade=grade, reason=reason, by=str(request.user))

        each(self, request, rows, decide, f"{grade} from now on")


def likeness_in_words(likeness: Likeness) -> str:
    """What makes two tracks alike, for a person."""
    found: dict[str, Any] = likeness.found
    near = f"{found['time_share']:.0%} of the motion within a hair's breadth ({found['distance_share']:.2%})"
    changes = [f"{found['shift_s']:+.1f} s"] if found["shift_s"] else []
    changes += [f"mirrored in {found['mirrored']}"] if found["mirrored"] else []
    changes += ["backwards"] if found["reversed"] else []
    return ", ".join([near, *changes])
