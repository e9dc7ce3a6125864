package token

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"
)

// The file NAME.json of a token, version 1:
//
//	{"version":1,"sha256":"9f86...","rights":["read","crawl"],"added":"2026-11-30T21:00:00Z","expires":null}
const version = 1

type file struct {
	Version int        `json:"version"`
	SHA256  string     `json:"sha256"` // of the whole token, with its prefix
	Rights  []Right    `json:"rights"`
	Added   time.Time  `json:"added"`
	Expires *time.Time `json:"expires"` // null: never
}

// suffix ends the names of the files.
const suffix = ".json"

// encode returns the file of a token.
func encode(t *Token) ([]byte, error) {
	f := file{Version: version, SHA256: hex.EncodeToString(t.Hash[:]), Rights: t.Rights, Added: t.Added.UTC()}
	if !t.Expires.IsZero() {
		at := t.Expires.UTC()
		f.Expires = &at
	}
	b, err := json.Marshal(f)
	return append(b, '\n'), err
}

// decode reads the file of a token.
func decode(name string, b []byte) (Token, error) {
	var f file
	if err := json.Unmarshal(b, &f); err != nil {
		return Token{}, fmt.Errorf("read the token %s: %w", name, err)
	}
	t := Token{Name: name, Rights: f.Rights, Added: f.Added}
	sum, err := hex.DecodeString(f.SHA256)
	if err != nil || len(sum) != len(t.Hash) || f.Version != version {
		return Token{}, fmt.Errorf("read the token %s: its file is damaged, or of a later trawl; remove it and add another one", name)
	}
	copy(t.Hash[:], sum)
	if f.Expires != nil {
		t.Expires = *f.Expires
	}
	return t, nil
}
