package ftpd_test

import (
	"context"
	"strings"
	"testing"

	"trawl/ftpd"
	"trawl/ftpd/account"
	"trawl/ftpd/tree"
)

// byName logs everyone in with the rights that the name says: "list read", or with another folder "list /in=read write".
type byName struct{ store *tree.Store }

func (b byName) Login(_ context.Context, name, _ string) (account.Login, error) {
	rules := tree.Rules{}
	for i, text := range strings.Split(name, "/in=") {
		rights, err := tree.ParseRights(text)
		if err != nil {
			return account.Login{}, err
		}
		rules[[]string{"/", "/in"}[i]] = rights
	}
	return account.Login{User: name, Home: "/", View: b.store.View(tree.Options{User: name, Rules: rules})}, nil
}

// TestFeatByRights shows to each user what the user may do in some folder, and to all what they might before they log in.
func TestFeatByRights(t *testing.T) {
	_, root := folder(t, map[string]string{"in/a": ""})
	c := dial(t, serve(t, &ftpd.Server{Accounts: byName{tree.Folder(root)}}))
	c.reply()
	for _, tt := range []struct {
		rights      string // "": not logged in
		sums, alter bool
	}{
		{"", true, true},
		{"list read", true, false},
		{"list", false, false},
		{"list write", false, false},
		{"list read write", true, true},
		{"all", true, true},
		{"list/in=write mkdir", false, false},
		{"list read/in=write mkdir", true, false},
		{"list/in=read write", true, true},
	} {
		if tt.rights != "" { // USER ends the login of before
			c.want("USER "+tt.rights, "331 ")
			c.want("PASS x", "230 ")
		}
		feat := c.want("FEAT", "211-")
		for line, want := range map[string]bool{"COMB": tt.rights == "" || tt.rights == "all", "HASH SHA-256*": tt.sums, "XCRC": tt.sums, "MFMT": tt.alter, "MFF Modify": tt.alter, "SITE CHMOD": tt.alter, "SIZE": true, "UTF8": true} {
			if strings.Contains(feat, "\n "+line) != want {
				t.Errorf("with the rights %q FEAT has %s: %t", tt.rights, line, !want)
			}
		}
	}
}
