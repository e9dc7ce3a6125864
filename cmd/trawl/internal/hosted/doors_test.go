package hosted

import (
	"fmt"
	"strings"
	"testing"

	"trawl/index"
	"trawl/index/indextest"
)

// TestSettle makes one host of an archive, whatever the catalogue knew before.
func TestSettle(t *testing.T) {
	for _, tt := range []struct{ when, known, doors, id, want string }{
		{"at first", "", "ftp://h/ ftps://h/", "ftp://h/", "ftp://h/ by ftp://h/ ftps://h/"},
		{"beside others", "ftp://other/", "ftp://h/", "ftp://h/", "ftp://h/ by ftp://h/; ftp://other/"},
		{"after an earlier Trawl", "ftp://h/; ftps://h/", "ftp://h/ ftps://h/", "ftp://h/", "ftp://h/ by ftp://h/ ftps://h/"},
		{"after one that listened elsewhere", "ftps://h/", "ftp://h/ ftps://h/", "ftps://h/", "ftps://h/ by ftp://h/ ftps://h/"},
		{"with a door less", "ftp://h/ by ftp://h/ ftps://h/", "ftp://h/", "ftp://h/", "ftp://h/ by ftp://h/"},
		{"with a door more", "ftps://h/ by ftps://h/", "ftp://h/ ftps://h/", "ftps://h/", "ftps://h/ by ftp://h/ ftps://h/"},
		{"in another order", "ftp://h/ by ftp://h/ ftps://h/", "ftps://h/ ftp://h/", "ftp://h/", "ftp://h/ by ftps://h/ ftp://h/"},
		{"without the door of its ID", "ftp://h/ by ftp://h/ ftps://h/", "ftps://h/", "ftps://h/", "ftps://h/ by ftps://h/"},
		{"by another name", "ftp://old/ by ftp://old/", "ftp://new/", "ftp://new/", "ftp://new/ by ftp://new/"},
		{"where a door was crawled before", "ftp://h/ by ftp://h/; ftps://h/", "ftps://h/ ftp://h/", "ftp://h/", "ftp://h/ by ftps://h/ ftp://h/"},
	} {
		t.Run(tt.when, func(t *testing.T) {
			cat := catalogue(t, tt.known)
			id, err := Settle(t.Context(), cat, urls(tt.doors))
			if got := hosts(t, cat); string(id) != tt.id || got != tt.want || err != nil {
				t.Errorf("%s is %q in %q, %v; want %q in %q", tt.doors, id, got, err, tt.id, tt.want)
			}
			h, err := cat.Host(t.Context(), id)
			if err != nil || (tt.when == "at first" || tt.when == "beside others") != (h.Settings.Charset == "") {
				t.Errorf("its settings are %+v, %v", h.Settings, err)
			}
		})
	}
}

// TestForget removes what is hosted no longer.
func TestForget(t *testing.T) {
	cat := catalogue(t, "ftp://h/ by ftp://h/ ftps://h/; ftp://other/; ftps://old/")
	if err := Forget(t.Context(), cat, urls("ftps://old/")); err != nil || hosts(t, cat) != "ftp://other/" {
		t.Errorf("left is %q, %v", hosts(t, cat), err)
	}
}

func urls(text string) (all []index.HostID) {
	for url := range strings.FieldsSeq(text) {
		all = append(all, index.HostID(url))
	}
	return all
}

// catalogue returns one with hosts: "ID by DOOR DOOR; ID".
func catalogue(t *testing.T, text string) *indextest.Brute {
	t.Helper()
	cat := indextest.NewBrute()
	for host := range strings.SplitSeq(text, "; ") {
		id, doors, _ := strings.Cut(host, " by ")
		if id == "" {
			continue
		}
		if err := cat.Update(t.Context(), index.HostID(id), func(h *index.Host) error {
			h.Doors, h.Settings.Charset = urls(doors), "koi8-r"
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	return cat
}

// hosts writes what a catalogue has as catalogue reads it.
func hosts(t *testing.T, cat *indextest.Brute) string {
	t.Helper()
	all, err := cat.Hosts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for i := range all {
		text := string(all[i].ID)
		if doors := all[i].Doors; len(doors) > 0 {
			text += " by " + strings.Trim(fmt.Sprint(doors), "[]")
		}
		out = append(out, text)
	}
	return strings.Join(out, "; ")
}
