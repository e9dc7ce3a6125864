package ftp

import (
	"testing"

	"trawl/crawler"
)

// TestMeanings reads what servers of many kinds say.
func TestMeanings(t *testing.T) {
	for _, tt := range []struct {
		code int
		text string
		want meaning
	}{
		{550, "No files found.", empty},
		{550, "No files found or file access problems.", empty},
		{450, "No files found", empty},
		{550, "No files were found in this directory", empty},
		{550, "No members found.", empty},
		{250, "Directory is empty.", empty},
		{550, "The directory is empty", empty},
		{550, "*.*: no such file in directory", empty},
		{550, "/pub/denied: No such file or directory", missing},
		{550, "The system cannot find the file specified.", missing},
		{550, "Datei oder Verzeichnis nicht gefunden", missing},
		{550, "/x: Not a directory", missing},
		{550, "Directory does not exist.", missing},
		{550, "No existe el fichero", missing},
		{550, "系统找不到指定的文件。", missing},
		{550, `"not found": Permission denied`, denied},
		{550, "Access is denied.", denied},
		{226, "Transfer done (but failed to open directory).", denied},
		{550, "Zugriff verweigert", denied},
		{550, "Failed to change directory.", denied},
		{550, "Отказано в доступе", denied},
		{530, "Sorry, too many users are logged in.", crowded},
		{421, "Maximum number of connections exceeded", crowded},
		{530, "Please use TLS.", secret},
		{226, "Transfer complete.", unclear},
		{226, "Listing of /pub/permission denied complete", denied}, // who writes names without quotes is misread
		{226, `Listing of "/pub/permission denied" complete`, unclear},
		{226, "Closing data connection, 3 files", unclear},
		{550, "", unclear},
	} {
		if got := (reply{tt.code, tt.text}).means(); got != tt.want {
			t.Errorf("%d %s: %d, want %d", tt.code, tt.text, got, tt.want)
		}
	}
}

// TestRefusals holds what the crawl does about a refusal to its words, and not to its code alone.
func TestRefusals(t *testing.T) {
	for _, tt := range []struct {
		code int
		text string
		want error
	}{
		{550, "Permission denied", crawler.ErrDenied},
		{450, "No such file or directory", crawler.ErrDenied},
		{450, "Requested file action not taken", errNotNow},
		{450, "Too many connections", crawler.ErrBusy},
		{421, "Too many connections", crawler.ErrBusy},
		{425, "Cannot open data connection", crawler.ErrGone},
		{500, "Unknown command", crawler.ErrBroken},
		{501, "Syntax error", crawler.ErrBroken},
		{553, "whatever", crawler.ErrDenied},
	} {
		if got := (&replyError{"LIST", reply{tt.code, tt.text}}).Unwrap(); got != tt.want { //nolint:errorlint // it is what Unwrap returns
			t.Errorf("%d %s: %v, want %v", tt.code, tt.text, got, tt.want)
		}
	}
}
