package sftp_test

import (
	"testing"

	"trawl/crawler/sftp"
	"trawl/crawler/sourcetest"
)

func TestSource(t *testing.T) {
	root := t.TempDir()
	sourcetest.Plant(t, root)
	sourcetest.Run(t, sourcetest.Served{Source: &sftp.Source{}, Host: startSSHD(t).host(root)})
}
