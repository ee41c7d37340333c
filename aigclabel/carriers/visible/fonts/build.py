"""Builds the font subsets of this folder. Run when the characters change; never at run time.

    python build.py NotoSansCJK-Bold.ttc NotoSans-Bold.ttf

Sources (SIL Open Font License 1.1): Noto Sans CJK Bold 2.004 (its face 2 is Simplified
Chinese) and Noto Sans Bold 2.004. Needs fontTools.
"""

from __future__ import annotations

import json
import sys
from hashlib import sha256
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

HERE = Path(__file__).parent
SIMPLIFIED_CHINESE = 2
"""The face of the Noto CJK collection (0 Japan, 1 Korea, 2 China, 3 Taiwan, 4 Hong Kong)."""

# The words of AI notices: who or what, the act, the thing, and how sure.
HANS = (
    "人工智能生成合成内容由本图像片视频音文章字信息创作品系该此段节目界面场景虚拟数字主播真实"
    "疑似可能使用技术辅助制绘写翻译配乐声修改编辑加处理过增强全部分为是的了和及与或请注意仅供"
    "参考核谨慎甄别识标示来源自大模型算法机器深度伪造换脸仿非不含有经用户上传发布平台提供者"
    "通过完成整理总结摘要以上下回答结果不代表观点广告虚构演绎情故事剧助手对话客服语言驱动形"
    "象出现中在个一二三四五六七八九十年月日时间第版号备案公司网络服务内"
)
HANT = (
    "慧產內圖聲訊擬數實疑術輔製作繪寫譯變編輯處理過強為請僅參識標來源機偽換臉經戶傳發佈臺"
    "供總結與觀點劇對話語動現時間號備網務係屬資料創畫說明應該確認"
)
KANA = (
    "ぁあぃいぅうぇえぉおかがきぎくぐけげこごさざしじすずせぜそぞただちぢっつづてでとどなにぬね"
    "のはばぱひびぴふぶぷへべぺほぼぽまみむめもゃやゅゆょよらりるれろわをん"
    "ァアィイゥウェエォオカガキギクグケゲコゴサザシジスズセゼソゾタダチヂッツヅテデトドナニヌネ"
    "ノハバパヒビピフブプヘベペホボポマミムメモャヤュユョヨラリルレロワヲンヴー"
)
KANJI = "人工知能生成画像映音声文章本含利用加工編集作品内容合一部全変更可能性使補助制作動自動翻訳"
CJK_MARKS = "　、。・「」『』【】〈〉《》〔〕…—～，．：；！？（）％＋－／＆＃＠"
WIDE = "".join(map(chr, (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))))
ASCII = "".join(map(chr, range(0x20, 0x7F)))
LATIN = "".join(map(chr, (*range(0xA0, 0x180), *range(0x1EA0, 0x1EFA)))) + "ƠơƯưȘșȚț"
LATIN_MARKS = "‐‑‒–—‘’‚“”„†‡•…‹›€™−"


def _subset(font: TTFont, characters: str, family: str, target: Path) -> dict[str, str]:
    options = Options()
    options.hinting = False
    options.layout_features = []
    options.name_IDs = [0, 13, 14]
    options.notdef_outline = True
    options.drop_tables += ["DSIG", "VORG", "BASE", "vhea", "vmtx", "STAT", "kern"]
    worker = Subsetter(options)
    worker.populate(text=characters)
    worker.subset(font)
    for name_id, value in ((1, family), (2, "Bold"), (4, f"{family} Bold"), (6, target.stem)):
        font["name"].setName(value, name_id, 3, 1, 0x409)
    if "CFF " in font:
        font["CFF "].cff.fontNames = [target.stem]
    font.save(target)
    covered = "".join(sorted(map(chr, font.getBestCmap())))
    return {"characters": covered, "sha256": sha256(target.read_bytes()).hexdigest()}


def build(cjk: str, latin: str) -> None:
    """Write both subsets and `coverage.json`, which says what each of them can draw."""
    chinese = TTFont(cjk, fontNumber=SIMPLIFIED_CHINESE, recalcTimestamp=False)
    western = TTFont(latin, recalcTimestamp=False)
    wide = HANS + HANT + KANA + KANJI + CJK_MARKS + WIDE + ASCII
    narrow = ASCII + LATIN + LATIN_MARKS
    coverage = {
        "latin.ttf": _subset(western, narrow, "aigclabel Sans", HERE / "latin.ttf"),
        "cjk.otf": _subset(chinese, wide, "aigclabel Sans CJK", HERE / "cjk.otf"),
    }
    text = json.dumps(coverage, ensure_ascii=False, indent=1) + "\n"
    (HERE / "coverage.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    build(*sys.argv[1:])
