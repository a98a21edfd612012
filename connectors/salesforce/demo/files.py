"""The scenario's documents, folders and asset files."""

from __future__ import annotations

DOCUMENTS = (  # number, name, kind, public
    (1, "会社ロゴ", "png", True),
    (2, "就業規則", "pdf", False),
)
FOLDERS = (  # number, name, kind, access
    (1, "Partner sheets", "Document", "Public"),
    (2, "営業資料", "Document", "PublicInternal"),
    (3, "Sales reports", "Report", "Public"),
    (4, "Secret", "Report", "Hidden"),
    (5, "Templates", "EmailTemplate", "Public"),
)
ASSETS = ((1, "Banner", True), (2, "Floor plan", False))  # number, name, visible outside
