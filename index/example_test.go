package index_test

import (
	"fmt"

	"trawl/index"
)

func ExampleSchemes_Parse() {
	schemes := index.NewSchemes(
		index.Scheme{Name: "ftp", Port: 21},
		index.Scheme{Name: "sftp", Port: 22},
	)
	for _, typed := range []string{"FTP.Example.org", "sftp://me:secret@h:2222/srv//", "http://h/"} {
		id, user, _, err := schemes.Parse(typed)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Printf("%s user=%q dial=%s\n", id, user, schemes.Addr(id))
	}
	// Output:
	// ftp://ftp.example.org/ user="" dial=ftp.example.org:21
	// sftp://h:2222/srv/ user="me" dial=h:2222
	// not the URL of a host: "http://h/": the scheme must be ftp or sftp
}

func ExampleSchemes_URL() {
	schemes := index.NewSchemes(index.Scheme{Name: "ftp", Port: 21})
	fmt.Println(schemes.URL("ftp://h:2121/", "/pub/caf\xe9", index.Dir))
	// Output: ftp://h:2121/pub/caf%E9/
}

func ExampleVisible() {
	fmt.Println(index.Visible("a\x1b[2J\u202egpj"))
	// Output: a\x1b[2J\u202egpj
}
