package sourcetest

import (
	"strings"

	"trawl/index"
)

// schemes proves that the schemes of a source can be parsed and written, that of the
// host among them.
func (s *suite) schemes() {
	list := s.Source.Schemes()
	all := index.NewSchemes(list...)
	for _, scheme := range list {
		if scheme.Name == "" || scheme.Name != strings.ToLower(scheme.Name) || scheme.Port == 0 || len(scheme.Ways) == 0 {
			s.Errorf("the scheme has no name in lower case, no port or no ways: %+v", scheme)
		}
		id, _, _, err := all.Parse(strings.ToUpper(scheme.Name) + "://Host.example/")
		if err != nil || id != index.HostID(scheme.Name+"://host.example/") {
			s.Errorf("%s: parsed as %q, %v", scheme.Name, id, err)
		}
	}
	if again, _, _, err := all.Parse(string(s.Host.ID)); err != nil || again != s.Host.ID {
		s.Errorf("%s is parsed as %q, %v", s.Host.ID, again, err)
	}
	root := s.Host.ID.Root()
	if again, _, _, err := all.Parse(all.URL(s.Host.ID, root, index.Dir)); err != nil || again != s.Host.ID {
		s.Errorf("the link to the root of %s is parsed as %q, %v", s.Host.ID, again, err)
	}
}
