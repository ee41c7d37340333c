"""How notices are worded in languages other than Chinese, Japanese and English, and how they
are denied. Each wording holds an AI element and an element of the act (made, changed).

The wordings follow common usage; no law prescribes them. The patterns see a line as
`statement.py` leaves it: one width, no vowel marks of Arabic, no blanks beside Hangul.
"""

from __future__ import annotations

# -- Korean ---------------------------------------------------------------------------------
_KO_AI = r"(?:생성형)?(?:AI|인공지능)(?:\(AI\)?)?(?:기술|모델|도구)?"
_KO_THING = (
    "(?:이미지|사진|그림|영상|동영상|음성|음악|음원|글|텍스트|문서|내용|콘텐츠|기사|게시물|답변"
    "|결과물|작품|자료)"
)
_KO_BY = "(?:로|으로|가|에의해|(?:를|을)?(?:이용|활용|사용)(?:해|하여))?(?:자동)?"
_KO_ACT = "(?:생성|제작|합성|작성|수정|편집|가공|변경)"
_KO = (
    rf"(?:(?:이|본|해당|위|아래)?{_KO_THING}(?:은|는))?{_KO_AI}{_KO_BY}{_KO_ACT}"
    "(?:물|됨|함|되었음|하였음|되었습니다|하였습니다|했습니다|됐습니다)?(?:입니다|임)?"
    rf"|(?:이|본|해당|위|아래){_KO_THING}(?:은|는){_KO_AI}{_KO_BY}{_KO_ACT}(?:한|된){_KO_THING}입니다"
    rf"|{_KO_AI}(?:가|로)(?:만든|만들어진){_KO_THING}(?:입니다)?"
)
_KO_NOT = (
    rf"비AI|{_KO_AI}(?:로|으로|에의해|를|을|가|은|는|이|의)?(?:전혀)?(?:사용|이용|활용|{_KO_ACT}|만든)?"
    rf"(?:물|된|한)?(?:것|{_KO_THING})?(?:하지|되지|하여|이|가|은|는)?(?:않|아님|아닙|아니|없이|미사용|무관)"
)

# -- Russian, Kazakh ------------------------------------------------------------------------
_RU_AI = r"(?:(?:генеративного )?ИИ|искусственн(?:ого|ым) интеллект(?:а|ом)|нейросет(?:и|ью|ей))"
_RU_ACT = r"(?:сгенерирован|создан|изменен|написан|отредактирован|обработан|сделан)(?:о|а|ы|ный)?"
_RU_BY = r"(?:(?:с помощью|при помощи|с использованием|посредством) )?"
_RU = (
    r"(?:(?:этот|эта|это|эти|данный|данная|данное) (?:текст|статья|контент|материал|ответ|документ"
    r"|изображение|видео|запись|аудио) (?:был[аои]? )?)?"
    rf"(?:полностью |частично |автоматически )?{_RU_ACT} {_RU_BY}{_RU_AI}"
)
_RU_NOT = (
    rf"\bбез (?:\w+ ){{0,2}}{_RU_AI}|\bне (?:(?:был[аои]?|является|{_RU_ACT}|с помощью|при помощи"
    rf"|с использованием|посредством) ){{0,4}}{_RU_AI}|(?:\bИИ|интеллект|нейросеть) не "
    "(?:использ|примен|участв)"
)
_KK_AI = "(?:ЖИ|жасанды интеллект)"
_KK_ACT = "(?:жаса|өзгерті|құры|жазы|дайында|өңде)"
_KK = (
    r"(?:бұл (?:мәтін|мақала|мазмұн|контент|сурет|бейне|жазба|құжат|жауап) )?"
    rf"{_KK_AI} (?:көмегімен|арқылы) {_KK_ACT}л?(?:ған|ген)"
)
_KK_NOT = (
    rf"{_KK_AI} көмегінсіз|{_KK_AI}(?: көмегімен| арқылы)? "
    rf"(?:{_KK_ACT}|қолданы|пайдаланы)л?(?:ма|ме)"
)

# -- Arabic, Hindi --------------------------------------------------------------------------
_AR_AI = r"(?:ب?الذكاء الاصطناعي|ب?AI)(?: ?\(AI\)?)?"
_AR_ACT = (
    "(?:مولد|منشا|معدل|مصنوع|مكتوب|انشئ|انشئت|انشاؤه|انشاؤها|توليده|توليدها|تعديله|تعديلها"
    "|كتابته|كتابتها|تحريره|تحريرها)ة?"
)
_AR_BY = "(?:(?:بواسطة|باستخدام|عبر|بمساعدة|من خلال) )?(?:تقنيات |تقنية )?"
_AR = (
    "(?:(?:هذا|هذه) )?(?:(?:ال)?(?:محتوي|نص|مقال|مستند|صورة|فيديو|مقطع|تسجيل|صوت|رد) )?"
    "(?:تم |تمت )?"
    rf"{_AR_ACT} {_AR_BY}{_AR_AI}"
)
_AR_NOT = (
    r"\b(?:غير|بدون|دون|لم|ليس|ليست|بلا) (?:(?:يتم|تتم|يكن|تكن|اي|يستخدم|استخدام|استعمال|من|انتاج"
    rf"|{_AR_ACT}|بواسطة|باستخدام|عبر|بمساعدة|تقنيات) ){{0,4}}{_AR_AI}"
)
_HI_AI = r"(?:एआई|ए\.आई|AI|कृत्रिम बुद्धिमत्ता)(?: ?\(AI\)?)?"
_HI_ACT = "(?:जनित|निर्मित|संशोधित|उत्पन्न|तैयार|संपादित|लिखित|बनाया|बनाई|लिखा|लिखी)"
_HI_DONE = "(?: (?:किया|की|गया|गई))*(?: (?:है|हैं))?"
_HI = (
    r"(?:यह (?:पाठ|लेख|सामग्री|चित्र|छवि|वीडियो|ऑडियो|उत्तर|दस्तावेज़|फ़ोटो) )?"
    rf"{_HI_AI}(?:[- ]| (?:द्वारा|से|की मदद से|की सहायता से) ){_HI_ACT}(?: सामग्री)?{_HI_DONE}"
)
_HI_NOT = (
    rf"(?:बिना|गैर|ग़ैर)[ -](?:किसी )?{_HI_AI}|{_HI_AI}(?:[- ][^\s,;।-]+){{0,6}}? नहीं"
    rf"|{_HI_AI}(?:[- ]मुक्त| के बिना)"
)

# -- Vietnamese -----------------------------------------------------------------------------
_VI_AI = "(?:AI|trí tuệ nhân tạo)"
_VI_ACT = "(?:tạo|viết|chỉnh sửa|sinh|sản xuất)(?: ra)?"
_VI = (
    r"(?:(?:nội dung|văn bản|bài viết|hình ảnh|ảnh|video|âm thanh|câu trả lời|tài liệu)(?: này)? )?"
    rf"(?:(?:được )?{_VI_ACT} (?:bởi|bằng|từ|với) {_VI_AI}|(?:do|được) {_VI_AI} {_VI_ACT})"
)
_VI_NOT = (
    rf"\bkhông (?:(?:phải|do|được|có|sử dụng|dùng|bởi|bằng|với|là|nội dung|{_VI_ACT}) ){{0,6}}"
    rf"{_VI_AI}|{_VI_AI} không (?:tạo|tham gia)"
)

# -- German, and the Romance languages ------------------------------------------------------
_DE_AI = "(?:KI|künstlicher Intelligenz|künstliche Intelligenz)"
_DE_ACT = "(?:generiert|erstellt|erzeugt|verändert|bearbeitet|geschrieben)"
_DE_BY = "(?:mit|von|durch) (?:Hilfe (?:von )?|einer )?"
_DE = (
    r"(?:(?:dieser|diese|dieses) (?:Text|Artikel|Beitrag|Inhalt|Antwort|Dokument|Bild|Seite) "
    r"(?:wurde|ist) )?(?:(?:vollständig|teilweise|automatisch) )?"
    rf"(?:KI-{_DE_ACT}|{_DE_BY}{_DE_AI} {_DE_ACT})"
)
_DE_NOT = rf"\b(?:nicht|ohne|keine?r?) (?:{_DE_BY}|Einsatz von )?{_DE_AI}\b|\bKI-frei"
_FR_AI = r"(?:(?:une |l.)?(?:IA\b|intelligence artificielle))"
_FR_ACT = "(?:généré|créé|modifié|écrit|rédigé|produit)e?"
_FR = (
    r"(?:(?:ce|cet|cette) (?:texte|article|contenu|réponse|document|image|page) (?:a été|est) )?"
    rf"(?:(?:entièrement|partiellement|automatiquement) )?{_FR_ACT} "
    rf"(?:par|avec|à l.aide d.|à l.aide de|grâce à) ?{_FR_AI}"
)
_FR_NOT = (
    rf"\b(?:sans|pas|non|jamais) (?:(?:été|recours à|utiliser|{_FR_ACT}|par|avec|à l.aide de) )"
    rf"{{0,3}}{_FR_AI}|aucune {_FR_AI}"
)
_ROMANCE_AI = (
    r"(?:(?:la |l.|a )?(?:IA\b|inteligencia artificial|intelligenza artificiale"
    "|inteligência artificial))"
)
_ROMANCE_ACT = (
    "(?:generad|cread|modificad|escrit|redactad|generat|creat|modificat|scritt|gerad|criad)[oa]"
)
_ROMANCE_BY = r"(?:con|por|mediante|tramite|com|pela|da|dalla|dall.)"
_ROMANCE = (
    r"(?:(?:este|esta|questo|questa|quest.) ?(?:texto|artículo|contenido|respuesta|documento|imagen"
    r"|testo|articolo|contenuto|risposta|immagine|artigo|conteúdo|resposta|imagem) "
    rf"(?:ha sido|fue|está|è stat[oa]|foi|é) )?{_ROMANCE_ACT} {_ROMANCE_BY} ?{_ROMANCE_AI}"
)
_ROMANCE_NOT = (
    r"\b(?:sin|no|non|senza|sem|não|nunca|mai) (?:(?:ha sido|fue|está|è stat[oa]|foi|usar|uso de"
    rf"|uso da|uso di|{_ROMANCE_ACT}|{_ROMANCE_BY}) ){{0,3}}{_ROMANCE_AI}"
)

# -- Dutch, Swedish, Danish, Finnish, Polish --------------------------------------------------
_NORTH_AI = (
    "(?:AI|kunstmatige intelligentie|artificiell intelligens|kunstig intelligens"
    "|sztuczn(?:ą|ej) inteligencj[ęąi])"
)
_NL_ACT = "(?:gegenereerd|gemaakt|bewerkt|gewijzigd|aangepast|geschreven)"
_SV_ACT = "(?:genererad|genererat|skapad|skapat|ändrad|ändrat|redigerad|redigerat)"
_DA_ACT = "(?:genereret|skabt|ændret|redigeret)"
_PL_ACT = "(?:wygenerowan|stworzon|utworzon|zmodyfikowan|zmienion|napisan)[eyao]"
_FI_AI = "tekoäly(?:n|llä)"
_FI_ACT = "(?:tuottama|luoma|muokkaama|kirjoittama|tuotettu|luotu|muokattu|kirjoitettu)"
_NORTH_ACT = f"(?:{_NL_ACT}|{_SV_ACT}|{_DA_ACT}|{_PL_ACT})"
_NORTH_BY = "(?:met|door|med|av|af|przez|przy użyciu|za pomocą)"
_NORTH = (
    rf"(?:AI-(?:{_NL_ACT}|{_SV_ACT}|{_DA_ACT})|{_NORTH_ACT} {_NORTH_BY} {_NORTH_AI}"
    rf"|(?:met|door) {_NORTH_AI} {_NL_ACT}|{_FI_AI} {_FI_ACT})"
)
_NORTH_NOT = (
    r"\b(?:niet|geen|zonder|inte|ej|ingen|utan|ikke|uden|nie|bez|ei|ilman) "
    rf"(?:(?:użycia|brug af|gebruik van|{_NORTH_BY}|{_NORTH_ACT}) ){{0,3}}"
    r"(?:AI\b|kunstmatige intel|artificiell intel|kunstig intel|sztuczn|tekoäly)"
    r"|\bAI-(?:vrij|fri)\b"
)

_ACRONYM = "(?:AI ?[-–—:|] ?)?"
"""The acronym in Latin capitals before a wording that has none: what the EU's Code of Practice
asks for (10 June 2026, measure 1.1)."""
_EUROPE = f"{_ACRONYM}(?:{_DE}|{_FR}|{_ROMANCE}|{_NORTH})"

STATEMENTS = f"{_KO}|{_RU}|{_KK}|{_AR}|{_HI}|{_VI}|{_EUROPE}"
DENIALS = (
    f"{_KO_NOT}|{_RU_NOT}|{_KK_NOT}|{_AR_NOT}|{_HI_NOT}|{_VI_NOT}|{_DE_NOT}|{_FR_NOT}"
    f"|{_ROMANCE_NOT}|{_NORTH_NOT}"
)
