"""Which wordings state in their language that AI made a text, and which deny it."""

from __future__ import annotations

import unicodedata

import pytest

from aigclabel.carriers.visible.statement import denies, states

STATED = """
AI로 생성됨
AI로 수정됨
AI 생성
AI생성
인공지능 생성
AI 제작
AI 합성
이 이미지는 인공지능(AI)으로 생성되었습니다.
본 콘텐츠는 AI를 활용하여 제작된 콘텐츠입니다.
생성형 AI로 만든 영상입니다
AI生成
AIにより加工
この画像はAIで生成されています。
Создано с помощью ИИ
Изменено с помощью ИИ
Эта запись создана с помощью ИИ.
Сгенерировано нейросетью
Этот текст был создан с использованием искусственного интеллекта
ЖИ көмегімен жасалған
ЖИ көмегімен өзгертілген
Бұл жазба ЖИ көмегімен жасалған.
مولد بالذكاء الاصطناعي
مُولَّد بالذكاء الاصطناعي
تم إنشاؤه بواسطة الذكاء الاصطناعي (AI)
هذه الصورة معدلة بالذكاء الاصطناعي
محتوى مولّد بالذكاء الاصطناعي
एआई-जनित
एआई-संशोधित
यह ऑडियो एआई द्वारा बनाया गया है।
AI द्वारा निर्मित
कृत्रिम बुद्धिमत्ता द्वारा निर्मित सामग्री
Nội dung do AI tạo
Nội dung được AI chỉnh sửa
Âm thanh này do AI tạo ra.
Được tạo bởi trí tuệ nhân tạo
KI-generiert
AI – KI-generiert
AI – Mit KI verändert
Mit KI verändert
Dieser Text wurde mit Hilfe von KI erstellt.
Généré par IA
Modifié par IA
Cet article a été généré par l’intelligence artificielle.
Generado con IA
Modificado con IA
Este texto fue generado por inteligencia artificial
Generato con IA
Questo testo è stato generato dall'IA
Gerado por IA
AI生成 AI-generated
AI-generated / 本文由AI生成
AI – Gerado por IA
AI-generated
Met AI gegenereerd
Door AI geschreven
AI-gegenereerd
AI-genererad
Ändrad med AI
AI-genereret
Ændret med kunstig intelligens
Tekoälyn muokkaama
AI – Tekoälyllä luotu
Wygenerowane przez AI
Zmodyfikowany za pomocą sztucznej inteligencji
AI-modified
"""
DENIED = """
AI로 생성되지 않음
AI 생성 이미지가 아닙니다
AI를 사용하지 않았습니다
AI 미사용
非AI生成
AIで生成されていません
AIは使用していません
AI生成ではありません
Создано без помощи ИИ
Не создано с помощью ИИ
Создано не ИИ
ИИ не использовался
ЖИ көмегінсіз жасалған
ЖИ көмегімен жасалмаған
غير مولد بالذكاء الاصطناعي
لم يتم إنشاؤه بالذكاء الاصطناعي
بدون استخدام الذكاء الاصطناعي
यह एआई द्वारा निर्मित नहीं है
बिना एआई
AI के बिना बनाया गया
Nội dung không do AI tạo
Không sử dụng AI
Nicht KI-generiert
Ohne KI erstellt
Nicht mit KI erstellt
Non généré par IA
Créé sans IA
Pas généré par l’IA
No generado con IA
Creado sin IA
Non generato con IA
Não gerado por IA
Niet met AI gegenereerd
Zonder AI gemaakt
Inte AI-genererad
Skapad utan AI
Ikke ændret med AI
Ei tekoälyn tuottama
Nie wygenerowane przez AI
Bez użycia AI
Not AI-generated
"""
TALK = """
AI 생성 이미지의 저작권
인공지능 생성 기술
ИИ в медицине
Как создано с помощью ИИ
كيف يعمل الذكاء الاصطناعي
एआई का भविष्य
AI tạo ra việc làm mới
KI-generierte Bilder im Test
Généré par IA ou par un humain ?
Generado con IA: guía completa
AI – en fara för Europa
AI生成 AI-generated images
AI-genererad bild vann priset
Tekoälyn tulevaisuus
"""


def lines(text):
    return text.strip().splitlines()


@pytest.mark.parametrize("line", lines(STATED))
def test_a_statement_in_its_language(line):
    assert states(line)
    assert states(f"> **{line}**")
    assert states(unicodedata.normalize("NFD", line)), "typed in parts"
    assert not denies(line)


@pytest.mark.parametrize("line", lines(DENIED))
def test_a_denial_is_no_statement(line):
    assert denies(line)
    assert not states(line)


@pytest.mark.parametrize("line", lines(TALK))
def test_a_line_that_only_talks_about_it(line):
    assert not states(line)
    assert not denies(line)


@pytest.mark.parametrize(
    "line",
    [
        "AI가 생성한 콘텐츠로 정확하지 않을 수 있습니다",
        "Создано с помощью ИИ, может быть не точно",
        "محتوى غير حقيقي مولد بالذكاء الاصطناعي",
        "صورة من عالم الذكاء الاصطناعي",
        "AIで生成した画像です。実在しません",
        "एआई-जनित, सटीक नहीं हो सकता",
        "KI-generiert, nicht geprüft",
        "AI生成、正確ではない可能性があります",
    ],
)
def test_a_caution_is_no_denial(line):
    assert not denies(line)
