package listing

import (
	"strings"
	"testing"
	"unicode/utf8"

	"trawl/index"
)

// names are file names as people give them, by language.
var names = map[string][]string{
	"russian": {
		"Документы", "Музыка", "Фильмы и сериалы", "Новая папка", "Отчёт за 2012 год.doc", "Кино - Группа крови.mp3",
		"Программы для Windows", "Игры", "читать обязательно.txt", "Рабочий стол", "Фотографии с отдыха.zip",
		"Лекции по физике.pdf", "Аудиокниги", "Инструкция пользователя.pdf", "Прайс-лист.xls",
	},
	"japanese": {
		"日本語のファイル名.txt", "新しいフォルダ", "マイドキュメント", "音楽", "画像ファイル.zip", "お知らせ.html",
		"ソフトウェア", "ゲーム音楽集.lzh", "東京の写真.jpg", "はじめにお読みください.txt", "取扱説明書.pdf", "データベース設計書.doc",
	},
	"korean": {
		"새 폴더", "내 문서", "음악 파일.mp3", "한국어 자료실", "사진 모음.zip", "프로그램 설치 안내.txt", "게임", "동영상 강의", "회의록.hwp", "읽어보세요.txt",
	},
	"simplified": {
		"新建文件夹", "我的文档", "音乐下载", "电影列表.txt", "软件使用说明.doc", "常用工具", "图片资料.rar", "操作系统安装盘.iso", "网络游戏", "中文编程手册.pdf", "技术支持", "学习资料汇总",
	},
	"traditional": {
		"新增資料夾", "我的文件", "音樂下載", "電影清單.txt", "軟體使用說明.doc", "常用工具程式", "圖片資料.rar", "作業系統安裝光碟.iso", "網路遊戲", "中文程式設計手冊.pdf", "技術支援", "學習資料彙總",
	},
	"greek": {
		"Νέος φάκελος", "Τα έγγραφά μου", "Μουσική", "Φωτογραφίες από τις διακοπές.zip", "Εγχειρίδιο χρήσης.pdf", "Παιχνίδια", "Ελληνικά τραγούδια.mp3", "Διαβάστε με.txt",
	},
	"german":  {"Müller.txt", "Straßenkarte.pdf", "Übersicht über Käse.doc", "schöne Grüße.jpg", "Größe.txt"},
	"french":  {"été à la plage.jpg", "Modèle de lettre.doc", "Cours de français", "Liste des élèves.xls", "Où est passé le château.txt"},
	"polish":  {"Łódź - zdjęcia.zip", "źródła.tar", "Książka kucharska.pdf", "Świąteczne życzenia.doc", "może się przydać.txt", "Dokumenty sądowe"},
	"czech":   {"Přehled měsíců.xls", "Příručka uživatele.pdf", "žluťoučký kůň.txt", "Vánoční písně", "Účetnictví"},
	"turkish": {"Türkçe şarkılar", "Öğrenci bilgileri.xls", "güneşin doğuşu.jpg", "İçindekiler.txt"},
	"hebrew":  {"תיקייה חדשה", "המסמכים שלי", "מוזיקה", "תמונות מהטיול.zip", "מדריך למשתמש.pdf", "קרא אותי.txt"},
	"nothing": {"README", "index.html"},
}

// Names put on the wire in each charset come out as they were, from one listing with
// nothing known before.
func TestCharsets(t *testing.T) {
	for _, tt := range []struct{ language, charset string }{
		{"russian", "windows-1251"},
		{"russian", "koi8-r"},
		{"russian", "cp866"},
		{"russian", "utf-8"},
		{"japanese", "shift_jis"},
		{"japanese", "euc-jp"},
		{"korean", "euc-kr"},
		{"simplified", "gbk"},
		{"traditional", "big5"},
		{"greek", "windows-1253"},
		{"hebrew", "windows-1255"},
		{"german", "iso-8859-1"},
		{"german", "iso-8859-15"},
		{"german", "ibm850"},
		{"french", "windows-1252"},
		{"french", "iso-8859-15"},
		{"polish", "windows-1250"},
		{"polish", "iso-8859-2"},
		{"polish", "ibm852"},
		{"czech", "windows-1250"},
		{"turkish", "windows-1254"},
		{"nothing", "utf-8"},
	} {
		t.Run(tt.language+" in "+tt.charset, func(t *testing.T) {
			for _, set := range []string{"", tt.charset} {
				got, charset := decoded(t, Options{Now: benchNow, Charset: set}, encoded(t, tt.charset, names[tt.language]))
				for i, want := range names[tt.language] {
					if got[i].Name != want {
						t.Errorf("charset %q, found %q: got %q, want %q", set, charset, got[i].Name, want)
					}
				}
			}
		})
	}
}

// encoded returns names in a charset.
func encoded(t *testing.T, charset string, names []string) (raw []string) {
	t.Helper()
	enc, _, err := charsetOf(charset)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if enc != nil {
			if name, err = enc.NewEncoder().String(name); err != nil {
				t.Fatal(err)
			}
		}
		raw = append(raw, name)
	}
	return raw
}

// decoded lists a directory of names.
func decoded(t *testing.T, o Options, raw []string) (entries []index.Entry, charset string) {
	t.Helper()
	p, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, name := range raw {
		b.WriteString("-rw-r--r--   1 ftp      ftp      1234 Nov 12  2020 " + name + "\r\n")
	}
	err = p.List(strings.NewReader(b.String()), "/", "LIST", func(l index.Listing) error {
		entries = append(entries, l.Entries...)
		return nil
	})
	if err != nil || len(entries) != len(raw) {
		t.Fatalf("%d entries of %d, %v", len(entries), len(raw), err)
	}
	for i := range entries {
		if entries[i].Wire() != raw[i] {
			t.Errorf("wire name %q, want %q", entries[i].Wire(), raw[i])
		}
	}
	return entries, p.Charset()
}

// The charset of a host is detected from all of its names, wherever they come from, and
// is where the next crawl begins.
func TestCharsetOfHost(t *testing.T) {
	p, err := New(Options{Now: benchNow})
	if err != nil {
		t.Fatal(err)
	}
	raw := encoded(t, "koi8-r", names["russian"])
	for _, name := range raw {
		if err := p.List(strings.NewReader("-rw-r--r-- 1 ftp ftp 1234 Nov 12  2020 "+name+"\n"), "/", "LIST", func(index.Listing) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if p.Charset() != "koi8-r" {
		t.Errorf("charset %q", p.Charset())
	}
	next, charset := decoded(t, Options{Now: benchNow, Known: p.Charset()}, raw[:1])
	if next[0].Name != names["russian"][0] || charset != "koi8-r" {
		t.Errorf("%q in %q", next[0].Name, charset)
	}
}

// Names in UTF-8 on a host with names in another charset are right, and so are the
// others. A name that is in no charset is readable all the same.
func TestCharsetMixed(t *testing.T) {
	raw := append(encoded(t, "windows-1251", names["russian"]), names["russian"][0]+" 2", "caf\u00e9", "\u65e5\u672c")
	got, charset := decoded(t, Options{Now: benchNow}, raw)
	if charset != "windows-1251" || got[0].Name != names["russian"][0] {
		t.Errorf("%q in %q", got[0].Name, charset)
	}
	for _, i := range []int{len(raw) - 3, len(raw) - 2, len(raw) - 1} {
		if got[i].Name != raw[i] {
			t.Errorf("got %q, want %q", got[i].Name, raw[i])
		}
	}
	for _, set := range []string{"shift_jis", "utf-8", "iso-2022-jp", "gbk"} {
		bad, _ := decoded(t, Options{Now: benchNow, Charset: set}, []string{"\xff\xfe\x80bad", "x\x1b$Bx", "\x81"})
		for _, e := range bad {
			if !utf8.ValidString(e.Name) {
				t.Errorf("%s: %q", set, e.Name)
			}
		}
	}
	if _, err := New(Options{Charset: "klingon"}); err == nil {
		t.Error("klingon is taken for a charset")
	}
}
