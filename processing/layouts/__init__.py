"""How a dataset lies on disk: the layouts of AIM24, NTIRE26 and CrowdSAL, their names and fixation files."""

from processing.layouts.dataset import (
    KNOWN_LAYOUTS,
    LAYOUTS,
    Dataset,
    open_dataset,
    recognise,
    recognise_paths,
)
from processing.layouts.documents import read_json, read_json_lines, write_json, write_json_lines
from processing.layouts.layout import Layout, picture_name
from processing.layouts.names import PARTS, PRIVATE_TEST, PUBLIC_TEST, TRAIN, check_names, name_faults
from processing.layouts.points import Points, read_cut_fixations, read_fixations, write_fixations
from processing.layouts.split_file import AIM24, NTIRE26, read_split
from processing.layouts.two_folders import CROWDSAL

__all__ = [
    "AIM24",
    "CROWDSAL",
    "KNOWN_LAYOUTS",
    "LAYOUTS",
    "NTIRE26",
    "PARTS",
    "PRIVATE_TEST",
    "PUBLIC_TEST",
    "TRAIN",
    "Dataset",
    "Layout",
    "Points",
    "check_names",
    "name_faults",
    "open_dataset",
    "picture_name",
    "read_cut_fixations",
    "read_fixations",
    "read_json",
    "read_json_lines",
    "read_split",
    "recognise",
    "recognise_paths",
    "write_fixations",
    "write_json",
    "write_json_lines",
]
