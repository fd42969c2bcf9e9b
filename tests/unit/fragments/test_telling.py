from app.fragments.extraction import blocks_of
from app.fragments.naming import given_name
from app.fragments.telling import MOST_NAMED, fenced, how_fragments_work, what_was_edited


def test_a_model_is_told_which_files_there_are() -> None:
    assert "Files so far" not in how_fragments_work([])
    told = how_fragments_work([("app.py", 3), ("b.css", 1)])
    assert "app.py (version 3), b.css (version 1)" in told
    many = how_fragments_work([(f"{number}.py", 1) for number in range(200)])
    assert f"{MOST_NAMED - 1}.py" in many
    assert f" {MOST_NAMED}.py" not in many


def test_of_each_edited_file_the_last_version_is_told() -> None:
    told = what_was_edited([("a.py", "python", "1"), ("b.md", "markdown", "```\nx\n```"), ("a.py", "python", "2\n")])
    [one, two] = blocks_of(told)
    assert [given_name(one), one.content, given_name(two), two.content] == ["a.py", "2\n", "b.md", "```\nx\n```\n"]


def test_nothing_in_a_text_closes_its_fence() -> None:
    [block] = blocks_of(fenced("a\n````\nb", "text title=x.txt"))
    assert block.content == "a\n````\nb\n"
