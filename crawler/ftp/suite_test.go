package ftp_test

import (
	"testing"

	"trawl/crawler/ftp"
	"trawl/crawler/ftp/ftptest"
	"trawl/crawler/sourcetest"
	"trawl/index"
)

func TestSource(t *testing.T) {
	for _, peer := range ftptest.Peers() {
		t.Run(peer.Name, func(t *testing.T) {
			t.Parallel()
			root := ftptest.Ground(t)
			sourcetest.Plant(t, root)
			host := index.Host{ID: index.HostID("ftp://" + peer.Start(t, root) + "/")}
			sourcetest.Run(t, sourcetest.Served{
				Source: &ftp.Source{Contact: "test@example.org"}, Host: host, Vague: peer.Name == "inetutils-ftpd",
			})
		})
	}
}
