"""The processes of the site, as the tests of other parts start them."""


def test_the_web_server_comes_back_after_kill_9(site):
    site.start("web")
    site.kill("web")
    assert not site.children["web"].is_running
    site.start("web")
    assert site.children["web"].is_running


def test_commands_run_on_the_tests_own_database(site, django_user_model):
    django_user_model.objects.create_user("curator")
    count = "from django.contrib.auth.models import User; print(User.objects.count())"
    assert site.manage("shell", "--no-imports", "-c", count).stdout.split() == ["1"]
