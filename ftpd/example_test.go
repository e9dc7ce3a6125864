package ftpd_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"testing/fstest"

	"trawl/ftpd"
)

// A tree of files in memory is served until the context is done.
func ExampleServer_Serve() {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	server := ftpd.Server{
		FS:       fstest.MapFS{"pub/hello.txt": {Data: []byte("hello\n")}},
		Greeting: "Welcome to ftp.example.org.",
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, ln) }()

	// A client connects and asks for the size of a file.
	client, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		fmt.Println(err)
		return
	}
	replies := bufio.NewScanner(client)
	for _, command := range []string{"", "USER anonymous", "PASS me@example.org", "SIZE /pub/hello.txt"} {
		if command != "" {
			fmt.Fprintf(client, "%s\r\n", command)
		}
		if replies.Scan() {
			fmt.Println(replies.Text())
		}
	}
	client.Close()

	stop()
	fmt.Println("ended:", <-served)
	// Output:
	// 220 Welcome to ftp.example.org.
	// 331 Anonymous login ok, send your complete email address as your password
	// 230 Anonymous access granted, restrictions apply
	// 213 6
	// ended: <nil>
}

// A folder is served on the standard port.
func ExampleDir() {
	root, err := os.OpenRoot("/srv/ftp")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer root.Close()
	ln, err := net.Listen("tcp", ":21")
	if err != nil {
		fmt.Println(err)
		return
	}
	server := ftpd.Server{FS: ftpd.Dir(root)}
	fmt.Println(server.Serve(context.Background(), ln))
}
