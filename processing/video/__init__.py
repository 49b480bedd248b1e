"""Everything that touches codecs; no other part of the project imports PyAV."""

from processing.video.facts import VideoFacts, probe
from processing.video.geometry import VIEWS, view_size
from processing.video.read import (
    LumaPlane,
    read_luma,
    read_luma_planes,
    read_map,
    read_rgb,
    read_sampled_planes,
    read_some_rgb,
)
from processing.video.rendition import RenditionReport, cut_clip, prepare_rendition, scale_rendition
from processing.video.sound_samples import read_samples
from processing.video.versions import codec_version
from processing.video.write import ENCODINGS, MAP_LEVELS, MAX_SIDE, ClipWriter, MapFrame, MapWriter

__all__ = [
    "ENCODINGS",
    "MAP_LEVELS",
    "MAX_SIDE",
    "VIEWS",
    "ClipWriter",
    "LumaPlane",
    "MapFrame",
    "MapWriter",
    "RenditionReport",
    "VideoFacts",
    "codec_version",
    "cut_clip",
    "prepare_rendition",
    "probe",
    "read_luma",
    "read_luma_planes",
    "read_map",
    "read_rgb",
    "read_sampled_planes",
    "read_samples",
    "read_some_rgb",
    "scale_rendition",
    "view_size",
]
