package ftp_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"trawl/crawler"
	"trawl/crawler/ftp"
	"trawl/crawler/ftp/ftptest"
	"trawl/index"
)

// TestTLS lists real servers over TLS, explicit and implicit, with session reuse
// demanded where they can.
func TestTLS(t *testing.T) {
	root := ftptest.Tree(t, 500, 60)
	want := ftptest.Find(t, root)
	id := ftptest.NewIdentity(t)
	vsftpd := []string{
		"ssl_enable=YES", "allow_anon_ssl=YES", "force_anon_data_ssl=YES", "force_anon_logins_ssl=YES",
		"require_ssl_reuse=YES", "rsa_cert_file=" + id.File, "rsa_private_key_file=" + id.File, "ssl_ciphers=HIGH",
		"ssl_tlsv1=YES",
	}
	for _, tt := range []struct {
		name, mode string
		start      func(t testing.TB, root string, extra ...string) string
		extra      []string
		ways       []string
	}{
		{"vsftpd", "explicit", ftptest.Vsftpd, vsftpd, []string{"LIST -lR", "STAT", "LIST"}},
		{"vsftpd", "implicit", ftptest.Vsftpd, append(vsftpd, "implicit_ssl=YES"), []string{"LIST -lR", "STAT", "LIST"}},
		{"proftpd", "explicit", ftptest.Proftpd, []string{
			"LoadModule mod_tls.c", "TLSEngine on", "TLSRequired on", "TLSProtocol TLSv1.2 TLSv1.3",
			"TLSRSACertificateFile " + id.File, "TLSRSACertificateKeyFile " + id.File,
			"TLSECCertificateFile " + id.File, "TLSECCertificateKeyFile " + id.File,
		}, []string{"LIST -lR", "STAT", "MLSD", "LIST"}},
		{"pure-ftpd", "explicit", ftptest.PureFTPd, []string{"-Y", "3", "-2", id.File, "-L", "100000:50"}, []string{"LIST -lR", "STAT", "MLSD", "LIST"}},
		{"pyftpdlib", "explicit", ftptest.Pyftpdlib, []string{
			"from pyftpdlib.handlers import TLS_FTPHandler as H",
			fmt.Sprintf("H.authorizer = a; H.certfile = %q; H.tls_control_required = True; H.tls_data_required = True", id.File),
		}, []string{"STAT", "LIST"}},
	} {
		t.Run(tt.name+" "+tt.mode, func(t *testing.T) {
			host := index.Host{ID: index.HostID("ftp://" + tt.start(t, root, tt.extra...) + "/")}
			if _, err := (&ftp.Source{}).Connect(t.Context(), host, nil); tt.mode == "explicit" && !errors.Is(err, crawler.ErrPlain) {
				t.Errorf("in the clear: %v, want ErrPlain", err)
			}
			host.Settings.TLS = tt.mode
			srv, err := (&ftp.Source{Roots: id.Roots}).Connect(t.Context(), host, nil)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = srv.Close() })
			for _, name := range tt.ways {
				got, err := walk(t.Context(), wayOf(t, srv, name))
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				if tt.name == "pure-ftpd" {
					drop(got, `/back\slash/c:\x`)
				}
				compare(t, wanted(want, tt.name), got)
			}
			openAll(t, srv, root, wanted(want, tt.name))
			if key := srv.Known().HostKey; key != id.Pin {
				t.Errorf("HostKey %q, want %q", key, id.Pin)
			}
		})
	}
}

// wanted leaves out what a server keeps to itself.
func wanted(all map[index.Path]index.Entry, peer string) map[index.Path]index.Entry {
	want := make(map[index.Path]index.Entry, len(all))
	for p, e := range all {
		if peer != "pure-ftpd" || p.Base() != `c:\x` {
			want[p] = e
		}
	}
	return want
}

func TestTrust(t *testing.T) {
	root := t.TempDir()
	id, other := ftptest.NewIdentity(t), ftptest.NewIdentity(t)
	addr := ftptest.Vsftpd(t, root, "ssl_enable=YES", "allow_anon_ssl=YES", "rsa_cert_file="+id.File, "rsa_private_key_file="+id.File, "ssl_ciphers=HIGH")
	for _, tt := range []struct {
		name string
		src  ftp.Source
		set  func(*index.Host)
		want string // of the error; "" is trusted
	}{
		{"by the roots", ftp.Source{Roots: id.Roots}, func(*index.Host) {}, ""},
		{"pinned", ftp.Source{}, func(h *index.Host) { h.Settings.Pin = id.Pin }, ""},
		{"pinned in capitals with colons", ftp.Source{}, func(h *index.Host) { h.Settings.Pin = strings.ToUpper(id.Pin[:2] + ":" + id.Pin[2:]) }, ""},
		{"any", ftp.Source{}, func(h *index.Host) { h.Settings.Insecure = true }, ""},
		{"nobody vouches", ftp.Source{Roots: other.Roots}, func(*index.Host) {}, "pin it (" + id.Pin + ")"},
		{"pinned another", ftp.Source{Roots: id.Roots}, func(h *index.Host) { h.Settings.Pin = other.Pin }, "pinned is " + other.Pin},
		{"changed", ftp.Source{Roots: other.Roots}, func(h *index.Host) { h.Known.HostKey = other.Pin }, "changed from " + other.Pin},
		{"renewed and vouched for", ftp.Source{Roots: id.Roots}, func(h *index.Host) { h.Known.HostKey = other.Pin }, ""},
		{"the pin outweighs any", ftp.Source{}, func(h *index.Host) { h.Settings.Pin, h.Settings.Insecure = other.Pin, true }, "pinned is"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			host := index.Host{ID: index.HostID("ftp://" + addr + "/")}
			host.Settings.TLS = "explicit"
			tt.set(&host)
			srv, err := tt.src.Connect(t.Context(), host, nil)
			if err == nil {
				_ = srv.Close()
			}
			if tt.want == "" && err != nil {
				t.Fatal(err)
			}
			if tt.want != "" && (!errors.Is(err, crawler.ErrTrust) || !strings.Contains(err.Error(), tt.want)) {
				t.Fatalf("got %v, want ErrTrust with %q", err, tt.want)
			}
		})
	}
	plain := ftptest.Vsftpd(t, root)
	host := index.Host{ID: index.HostID("ftp://" + plain + "/"), Settings: index.Settings{TLS: "explicit"}}
	if _, err := (&ftp.Source{}).Connect(t.Context(), host, nil); !errors.Is(err, crawler.ErrTrust) {
		t.Errorf("a server without TLS: %v, want ErrTrust", err)
	}
}
