package words_test

import (
	"testing"

	"trawl/crawler/words"
)

// TestOf reads what servers of many kinds say.
func TestOf(t *testing.T) {
	for _, tt := range []struct {
		text string
		want words.Meaning
	}{
		{"No files found.", words.Empty},
		{"No files found or file access problems.", words.Empty},
		{"No files found", words.Empty},
		{"No files were found in this directory", words.Empty},
		{"No members found.", words.Empty},
		{"Directory is empty.", words.Empty},
		{"The directory is empty", words.Empty},
		{"*.*: no such file in directory", words.Empty},
		{"/pub/denied: No such file or directory", words.Missing},
		{"The system cannot find the file specified.", words.Missing},
		{"Datei oder Verzeichnis nicht gefunden", words.Missing},
		{"/x: Not a directory", words.Missing},
		{"Directory does not exist.", words.Missing},
		{"No existe el fichero", words.Missing},
		{"系统找不到指定的文件。", words.Missing},
		{`"not found": Permission denied`, words.Denied},
		{"Access is denied.", words.Denied},
		{"Transfer done (but failed to open directory).", words.Denied},
		{"Zugriff verweigert", words.Denied},
		{"Failed to change directory.", words.Denied},
		{"Отказано в доступе", words.Denied},
		{"Sorry, too many users are logged in.", words.Crowded},
		{"Maximum number of connections exceeded", words.Crowded},
		{"Please use TLS.", words.Secret},
		{"Transfer complete.", words.Unclear},
		{"Listing of /pub/permission denied complete", words.Denied}, // who writes names without quotes is misread
		{`Listing of "/pub/permission denied" complete`, words.Unclear},
		{"Closing data connection, 3 files", words.Unclear},
		{"", words.Unclear},
	} {
		if got := words.Of(tt.text); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.text, got, tt.want)
		}
	}
}

// TestHas finds a meaning among others.
func TestHas(t *testing.T) {
	const text = "530 Access denied: non-anonymous sessions must use encryption."
	for m, want := range map[words.Meaning]bool{words.Denied: true, words.Secret: true, words.Crowded: false, words.Unclear: false} {
		if got := words.Has(text, m); got != want {
			t.Errorf("%d: %t", m, got)
		}
	}
}
