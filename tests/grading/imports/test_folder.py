"""Company folders from directories, ZIPs and uploads, and the ways a ZIP can be unsafe (abuse case C-12)."""

from __future__ import annotations

import io
import stat
import zipfile
from pathlib import Path

import pytest

from grading.imports.folder import MAX_ENTRIES, CompanyFolder, FolderRefused
from grading.kernel.period import Month

OCTOBER = Month(2026, 10)

FILES = {
    "company.yaml": b"code: a\n",
    "plans/seed.yaml": b"plan: seed\n",
    "ladders/cs.yaml": b"ladder: cs\n",
    "teams.csv": b"team\nx\n",
    "agents.xlsx": b"PK",
    "2026-10/kpi.csv": b"agent_no\n",
    "2026-10/raw/orders.parquet": b"PAR1",
    "2026-09/sales.csv": b"agent_no\n",
    "readme.txt": b"hello",
    "2026-10/kpis.csv": b"typo",
    ".DS_Store": b"",
    "__MACOSX/plans/._seed.yaml": b"",
    "2026-10/~$kpi.xlsx": b"",
}


def zipped(files: dict[str, bytes], prefix: str = "") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for path, data in files.items():
            archive.writestr(prefix + path, data)
    return out.getvalue()


def written(directory: Path, files: dict[str, bytes]) -> Path:
    for path, data in files.items():
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_bytes(data)
    return directory


def from_directory(tmp_path: Path) -> CompanyFolder:
    return CompanyFolder.from_directory(written(tmp_path, FILES))


def from_zip(tmp_path: Path) -> CompanyFolder:
    return CompanyFolder.from_zip("company.zip", zipped(FILES))


def from_zip_of_a_folder(tmp_path: Path) -> CompanyFolder:
    inner = {path: data for path, data in FILES.items() if not path.startswith("__MACOSX")}
    return CompanyFolder.from_zip("company.zip", zipped(inner, prefix="某公司/"))


def from_files(tmp_path: Path) -> CompanyFolder:
    return CompanyFolder.from_files("upload", FILES)


@pytest.mark.parametrize("opened", [from_directory, from_zip, from_zip_of_a_folder, from_files])
def test_the_same_folder_from_everywhere(opened: object, tmp_path: Path) -> None:
    assert callable(opened)
    folder: CompanyFolder = opened(tmp_path)
    assert folder.months() == (Month(2026, 9), OCTOBER)
    assert folder.documents("plans") == ("plans/seed.yaml",)
    assert folder.documents("scorecards") == ()
    assert folder.documents("ladders") == ("ladders/cs.yaml",)
    assert folder.table("agents") == "agents.xlsx"
    assert folder.table("teams") == "teams.csv"
    assert folder.table("kpi", OCTOBER) == "2026-10/kpi.csv"
    assert folder.table("sales", OCTOBER) is None
    assert folder.raw(OCTOBER) == {"orders": "2026-10/raw/orders.parquet"}
    assert folder["2026-10/kpi.csv"] == b"agent_no\n"
    assert folder.missing() == ()
    assert folder.problems == ()
    assert [str(notice) for notice in folder.notices] == [
        f"{path}:1:-: the file is not known and was not read, found '{path}', expected a file of a company folder"
        for path in ("2026-10/kpis.csv", "readme.txt")
    ]
    assert len(folder) == 10


def test_what_a_company_folder_lacks_is_all_named() -> None:
    folder = CompanyFolder.from_files("upload", {"2026-10/kpi.csv": b""})
    assert [problem.file for problem in folder.missing()] == ["company.yaml", "plans", "teams.csv", "agents.csv"]
    assert str(folder.missing()[3]) == (
        "agents.csv:1:-: the file is missing, found nothing, expected agents.csv / agents.xlsx"
    )


def test_a_table_that_is_there_twice_is_a_problem() -> None:
    folder = CompanyFolder.from_files("upload", {"agents.csv": b"", "agents.xlsx": b""})
    assert [(problem.file, problem.code) for problem in folder.problems] == [("agents.xlsx", "import.two_forms")]


@pytest.mark.parametrize(
    "path",
    ["../agents.csv", "a/../../b.csv", "/etc/passwd", "C:/agents.csv", "..\\agents.csv", "a//b.csv", "./a", "a\n.csv"],
)
def test_a_path_out_of_the_folder_is_refused(path: str) -> None:
    with pytest.raises(FolderRefused, match="not a path inside the folder"):
        CompanyFolder.from_zip("x.zip", zipped({path: b""}))
    with pytest.raises(FolderRefused, match="not a path inside the folder"):
        CompanyFolder.from_files("upload", {path: b""})


def test_a_link_is_refused(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        link = zipfile.ZipInfo("agents.csv")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(FolderRefused, match="is a link"):
        CompanyFolder.from_zip("x.zip", out.getvalue())
    secret = tmp_path / "secret.csv"
    secret.write_text("x")
    company = tmp_path / "company"
    company.mkdir()
    (company / "agents.csv").symlink_to(secret)
    with pytest.raises(FolderRefused, match="leads out of it"):
        CompanyFolder.from_directory(company)


def test_size_and_number_of_files_are_limited_before_unpacking() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("kpi.csv", "w") as part:
        for _ in range(201):
            part.write(b"0" * 1024 * 1024)
    with pytest.raises(FolderRefused, match="more than 10000 files or 209715200 bytes"):
        CompanyFolder.from_zip("x.zip", out.getvalue())
    with pytest.raises(FolderRefused, match="more than 10000 files"):
        CompanyFolder.from_files("upload", {f"{number}.csv": b"" for number in range(MAX_ENTRIES + 1)})


def test_damaged_and_repeated_entries_are_refused(tmp_path: Path) -> None:
    whole = zipped({"agents.csv": b"agent_no,name\n" * 50})
    with pytest.raises(FolderRefused, match="damaged"):
        CompanyFolder.from_zip("x.zip", whole[:-30])
    flipped = bytearray(whole)
    flipped[60] ^= 0xFF
    folder = CompanyFolder.from_zip("x.zip", bytes(flipped))
    with pytest.raises(FolderRefused, match=r"agents\.csv is damaged"):
        folder["agents.csv"]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("agents.csv", "a")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("agents.csv", "b")
    with pytest.raises(FolderRefused, match="is there twice"):
        CompanyFolder.from_zip("x.zip", out.getvalue())
    with pytest.raises(FolderRefused, match="not a directory"):
        CompanyFolder.from_directory(tmp_path / "nowhere")


def test_names_written_by_chinese_windows_are_read() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("plans/XXXX.yaml", "plan: x\n")
    renamed = out.getvalue().replace(b"XXXX", "售后".encode("gbk"))
    assert CompanyFolder.from_zip("x.zip", renamed).documents("plans") == ("plans/售后.yaml",)
