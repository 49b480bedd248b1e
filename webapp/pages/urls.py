"""Addresses of the curators' and the researchers' pages."""

from django.urls import path, re_path

from webapp.pages.views import datasets, exports, home, leaderboard, plans, runs, stimuli, studies, work
from webapp.pages.work import KINDS

app_name = "pages"

# The last "-v" belongs to the number: a study may be called clouds-v2 itself.
RELEASE = r"(?P<study>[a-z0-9][a-z0-9-]*)-v(?P<number>\d{1,9})"

urlpatterns = [
    path("", home.home, name="home"),
    path("studies/", studies.study_list, name="studies"),
    path("studies/<slug:slug>/", studies.study_page, name="study"),
    path("studies/<slug:slug>/exports/", exports.study_exports, name="study-exports"),
    re_path(
        rf"^studies/(?P<slug>[-\w]+)/(?P<action>{'|'.join(studies.ACTIONS)})/$",
        studies.study_action,
        name="study-action",
    ),
    path("stimuli/", stimuli.stimulus_list, name="stimuli"),
    path("stimuli/<str:name>/", stimuli.stimulus_page, name="stimulus"),
    re_path(r"^clips/(?P<sha256>[0-9a-f]{64})\.mp4$", stimuli.clip, name="clip"),
    path("builds/<int:build_id>/fixations.json", stimuli.fixations, name="fixations"),
    path("plans/<int:plan_id>/", plans.plan_page, name="plan"),
    re_path(
        rf"^plans/(?P<plan_id>\d+)/(?P<action>{'|'.join(plans.ACTIONS)})/$",
        plans.plan_action,
        name="plan-action",
    ),
    path("runs/new/", runs.run_new, name="run-new"),
    path("runs/<int:run_id>/", runs.run_page, name="run"),
    re_path(
        rf"^work/(?P<kind>{'|'.join(KINDS)})/(?P<pk>[0-9a-f-]+)/(?P<action>retry|cancel)/$",
        work.work_action,
        name="work-action",
    ),
    path("datasets/", datasets.dataset_list, name="datasets"),
    path("datasets/<slug:study>/v<int:number>/", datasets.dataset_page, name="dataset"),
    path("leaderboard/", leaderboard.board_list, name="boards"),
    re_path(rf"^leaderboard/{RELEASE}/$", leaderboard.board_page, name="board"),
    re_path(rf"^leaderboard/{RELEASE}/board\.csv$", leaderboard.board_csv, name="board-csv"),
    re_path(
        rf"^leaderboard/{RELEASE}/scores/(?P<evaluation_id>\d+)/$", leaderboard.scores_page, name="scores"
    ),
    re_path(
        rf"^leaderboard/{RELEASE}/scores/(?P<evaluation_id>\d+)/clips\.csv$",
        leaderboard.scores_csv,
        name="scores-csv",
    ),
]
