package discover_test

import (
	"fmt"
	"strings"

	"trawl/crawler/discover"
	"trawl/index"
)

func ExampleFinder_List() {
	finder := discover.New(index.NewSchemes(
		index.Scheme{Name: "ftp", Port: 21},
		index.Scheme{Name: "sftp", Port: 22},
	))
	hosts, err := finder.List(strings.NewReader("see <ftp://h.org/pub/a.iso>\nftp.example.org\nhttp://i.org/\n"))
	if err != nil {
		fmt.Println(err)
	}
	for _, host := range hosts {
		fmt.Println(host.ID, "in", host.From)
	}
	// Output:
	// ftp://h.org/pub/ in line 1
	// ftp://ftp.example.org/ in line 2
}
