package listing_test

import (
	"fmt"
	"strings"
	"time"

	"trawl/crawler/listing"
	"trawl/index"
)

// now is when the servers of the examples made their listings.
func now() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }

func ExampleParser_List() {
	p, err := listing.New(listing.Options{Now: now()})
	if err != nil {
		fmt.Println(err)
		return
	}
	answer := "total 8\r\n" +
		"drwxr-xr-x   2 ftp ftp     4096 Nov 20 12:34 iso\r\n" +
		"-rw-r--r--   1 ftp ftp      528 Nov 01  2007 README\r\n"
	err = p.List(strings.NewReader(answer), "/pub", "LIST", func(l index.Listing) error {
		for _, e := range l.Entries {
			fmt.Println(l.Dir.Join(e.Name), e.Kind, e.Size, e.Time().Format(time.DateTime))
		}
		return nil
	})
	fmt.Println(p.Dialect(), err)
	// Output:
	// /pub/iso dir -1 2026-11-20 12:34:00
	// /pub/README file 528 2007-11-01 00:00:00
	// unix <nil>
}

func ExampleParser_Tree() {
	p, err := listing.New(listing.Options{Now: now()})
	if err != nil {
		fmt.Println(err)
		return
	}
	list := ".:\n" +
		"drwxr-xr-x 2 ftp ftp 4096 Nov 20 12:34 iso\n" +
		"\n" +
		"./iso:\n" +
		"-rw-r--r-- 1 ftp ftp 700 Nov 01  2007 netinst.iso\n" +
		"this line is not understood\n"
	err = p.Tree(strings.NewReader(list), "/pub", "ls-lR", func(l index.Listing) error {
		fmt.Println(l.Dir, l.State, len(l.Entries), l.Unparsed)
		return nil
	})
	fmt.Println(err)
	// Output:
	// /pub complete 1 []
	// /pub/iso unparsed 1 [this line is not understood]
	// <nil>
}
