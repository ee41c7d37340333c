"""Builds the font subsets of this folder. Run when the characters change; never at run time.

    python build.py /usr/share/fonts

Sources (SIL Open Font License 1.1), as Debian 12 ships them in fonts-noto-cjk and
fonts-noto-core: Noto Sans CJK Bold 2.004, Noto Sans Bold 2.004, Noto Sans Arabic Bold 2.005,
Noto Sans Devanagari Bold 2.001. Needs fontTools. The same sources give the same bytes.
"""

from __future__ import annotations

import json
import sys
import tempfile
from hashlib import sha256
from pathlib import Path

from fontTools.merge import Merger
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

HERE = Path(__file__).parent
CJK, SANS = "opentype/noto/NotoSansCJK-Bold.ttc", "truetype/noto/NotoSans-Bold.ttf"
ARABIC_SOURCE = "truetype/noto/NotoSansArabic-Bold.ttf"
DEVANAGARI_SOURCE = "truetype/noto/NotoSansDevanagari-Bold.ttf"
KOREAN, SIMPLIFIED_CHINESE = 1, 2
"""Faces of the Noto CJK collection (0 Japan, 1 Korea, 2 China, 3 Taiwan, 4 Hong Kong)."""

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
HANGUL = (
    "인공지능 생성형 생성물 생성됨 생성된 제작 합성 수정됨 편집 변경 변형 가공 보정 강화 조작 "
    "이미지 사진 그림 영상 동영상 비디오 음성 음원 음악 오디오 소리 목소리 녹음 텍스트 글 문서 "
    "문구 내용 콘텐츠 컨텐츠 게시물 작품 자료 기사 답변 결과물 산출물 정보 인물 얼굴 배경 장면 "
    "화면 캐릭터 가상 딥페이크 실제 사실 아님 않음 않습니다 아닙니다 없습니다 입니다 있습니다 "
    "포함되어 되었습니다 하였습니다 했습니다 됩니다 합니다 만들었습니다 만든 만들어진 "
    "만들어졌습니다 그린 쓴 사용하여 이용하여 활용하여 의하여 의해 통해 도움 도구 기술 모델 "
    "시스템 자동으로 일부 전체 전부 모두 부분 본 이 그 해당 아래 위 다음 것은 는 가 을 를 의 에 "
    "에서 로 으로 와 과 도 만 및 또는 가능성 수 있음 의심 추정 참고용 확인 주의 유의 바랍니다 "
    "하세요 표시 표기 라벨 고지 안내 알림 출처 제공자 회사 서비스 이용자 광고 홍보 연출 재현 "
    "재구성 허구 번역 요약 작성 더빙 연기 배우 성우 아나운서 진행자 출연 디지털 휴먼 아바타 챗봇 "
    "대화 상담 년 월 일 시 분 초 버전 번호 비생성 무관 존재하지 "
    # Frequent syllables of Korean prose, for wordings of the user's own.
    "각간갈감갑값같개객거건걸검겠격견겼계곡곤골곳교국군권귀규균극근금급긍길김까깨께꼭꾸끝끼낌난날"
    "남낮낸너넣네노농높놓누눈뉴느늘늦단달닥댁던덕덜덤독돈돌둘득듯듣따때떠뜻락란람랑량러런럼렇레려"
    "력련렬령례록론롭류륙률르른름릴립마막말맞매맥맨머먹멀메며명몇몸못묘묶믿밀밖반받발밝방백벌법베"
    "벽별병복볼봄봐북불붙뷰브블빌빠빨뿐살삼새색선설섬섭셔셨속손송쇼순쉽슨슬승식신싫싶써씨앞애액야"
    "양언업엇엔엘열엽예옛온올옮완왔왕외욕울웃웹윤율융응익임잊잘잠잡저적절점접져족졸종좋좌죄죠죽준"
    "줄중즈즉즐증직질짐짓짜째쪽차착찬찰창찾채책척천철청쳐촉총최축춘충취측층치친칠침칭카칸커켜코콜"
    "큰클키탁탄탈탐태택테토톡톤투특튼틀티팀파판팔패퍼평폐폭폰푸풍프플피픽필학한할항핵햇향험헌혀혈"
    "협혜혹혼홀환황획효후훈훨흐흔흥희흰히힘"
)
ASCII = "".join(map(chr, range(0x20, 0x7F)))
LATIN = "".join(map(chr, (*range(0xA0, 0x180), *range(0x1EA0, 0x1EFA)))) + "ƠơƯưȘșȚț"
LATIN_MARKS = "‐‑‒–—‘’‚“”„†‡•…‹›€™−"
# Russian, Kazakh and the other languages of Unicode's Cyrillic block; № as Russian has it.
CYRILLIC = "".join(map(chr, (*range(0x400, 0x460), *range(0x48A, 0x4FA)))) + "№"
# Letters and vowel signs of Arabic, with those of Persian and Urdu; joiners; both digits.
ARABIC = (
    "".join(
        map(chr, (0x60C, 0x61B, 0x61F, *range(0x621, 0x653), *range(0x660, 0x66E), 0x670, 0x671))
    )
    + "ٹپچڈڑژکگںھہۃیے۔۰۱۲۳۴۵۶۷۸۹\u200c\u200d"
)
DEVANAGARI = "".join(map(chr, range(0x900, 0x980))) + "\u200c\u200d"
# What stands between their words: the fonts of joined scripts draw a whole line alone.
BESIDE = ASCII + "\u00a0«»·–—‘’“”…•"


def _subset(font: TTFont, characters: str, *, shaping: bool = False) -> TTFont:
    """`shaping` keeps what joins and places the signs of a complex script."""
    options = Options()
    options.hinting = False
    # Without it, whatever turns letters into other letters or glyphs goes.
    options.layout_features = ["*"] if shaping else []
    options.name_IDs = [0, 13, 14]
    options.notdef_outline = True
    options.drop_tables += ["DSIG", "VORG", "BASE", "vhea", "vmtx", "STAT", "kern"]
    worker = Subsetter(options)
    worker.populate(text=characters)
    worker.subset(font)
    return font


def _joined(script: TTFont, latin: TTFont, characters: str) -> TTFont:
    """One font with a complex script, and the Latin that it lacks, for lines that mix both."""
    main = _subset(script, characters + BESIDE, shaping=True)
    rest = set(BESIDE) - set(map(chr, main.getBestCmap()))
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / "main.ttf", Path(folder) / "rest.ttf"]
        main.save(paths[0])
        _subset(latin, "".join(sorted(rest))).save(paths[1])
        merged = Merger().merge([str(path) for path in paths])
    for moment in ("created", "modified"):
        setattr(merged["head"], moment, getattr(main["head"], moment))
    merged.recalcTimestamp = False
    return merged


def _save(font: TTFont, family: str, name: str) -> dict[str, str]:
    target = HERE / name
    for name_id, value in ((1, family), (2, "Bold"), (4, f"{family} Bold"), (6, target.stem)):
        font["name"].setName(value, name_id, 3, 1, 0x409)
    if "CFF " in font:
        font["CFF "].cff.fontNames = [target.stem]
    font.save(target)
    covered = "".join(sorted(map(chr, font.getBestCmap())))
    return {"characters": covered, "sha256": sha256(target.read_bytes()).hexdigest()}


def build(folder: str) -> None:
    """Write the subsets and `coverage.json`, which says what each of them can draw."""

    def source(name: str, face: int = -1) -> TTFont:
        """One face of a source font."""
        return TTFont(Path(folder) / name, fontNumber=face, recalcTimestamp=False)

    wide = HANS + HANT + KANA + KANJI + CJK_MARKS + WIDE + ASCII
    arabic = _joined(source(ARABIC_SOURCE), source(SANS), ARABIC)
    devanagari = _joined(source(DEVANAGARI_SOURCE), source(SANS), DEVANAGARI)
    made = {
        "latin.ttf": (_subset(source(SANS), ASCII + LATIN + LATIN_MARKS), "aigclabel Sans"),
        "cyrillic.ttf": (_subset(source(SANS), CYRILLIC), "aigclabel Sans Cyrillic"),
        "hangul.otf": (
            _subset(source(CJK, KOREAN), HANGUL.replace(" ", "")),
            "aigclabel Sans Hangul",
        ),
        "cjk.otf": (_subset(source(CJK, SIMPLIFIED_CHINESE), wide), "aigclabel Sans CJK"),
        "arabic.ttf": (arabic, "aigclabel Sans Arabic"),
        "devanagari.ttf": (devanagari, "aigclabel Sans Devanagari"),
    }
    coverage = {name: _save(font, family, name) for name, (font, family) in made.items()}
    text = json.dumps(coverage, ensure_ascii=False, indent=1) + "\n"
    (HERE / "coverage.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    build(*sys.argv[1:])
