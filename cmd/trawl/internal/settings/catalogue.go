package settings

import (
	"fmt"
	"path"

	"trawl/ftpd/tree"
)

// checkCatalogue checks where the catalogue is shown: in the root, or in a folder there.
func (f *File) checkCatalogue() error {
	at := f.FTP.Catalogue
	if at == "" || at == "/" || path.Dir(at) == "/" && tree.CheckFolder(at) == nil {
		return nil
	}
	return f.wrong("ftp.catalogue", fmt.Errorf("catalogue = %q is no place for the catalogue; write it as \"/\", or as \"/trawl\" for a folder of that name", at))
}

// CatalogueAlone reports whether guests get the catalogue, and nothing is hosted.
func (f *File) CatalogueAlone() bool {
	return f.FTP.Catalogue != "" && f.FTP.Root == "" && len(f.Users) == 0
}
