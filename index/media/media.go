// Package media has the media types of files, by the endings of their names, in lower case and without a dot: "png". They are the same
// on all machines.
package media

// Shown returns the type of images, sounds and films that browsers show; "" is none of these. SVG runs scripts and is none.
func Shown(ending string) string {
	switch ending {
	case "png", "gif", "webp", "avif", "bmp", "apng":
		return "image/" + ending
	case "jpg", "jpeg", "jpe", "jfif":
		return "image/jpeg"
	case "ico", "cur":
		return "image/vnd.microsoft.icon"
	case "tif", "tiff":
		return "image/tiff"
	case "mp3", "mp2":
		return "audio/mpeg"
	case "ogg", "oga", "opus", "spx":
		return "audio/ogg"
	case "wav":
		return "audio/wav"
	case "flac", "aac":
		return "audio/" + ending
	case "m4a", "m4b":
		return "audio/mp4"
	case "mid", "midi":
		return "audio/midi"
	case "mp4", "m4v":
		return "video/mp4"
	case "webm":
		return "video/webm"
	case "ogv":
		return "video/ogg"
	case "mov", "qt":
		return "video/quicktime"
	case "mpg", "mpeg", "mpe":
		return "video/mpeg"
	case "mkv":
		return "video/x-matroska"
	case "avi":
		return "video/x-msvideo"
	}
	return ""
}

// Saved returns the type of files that browsers save and that name their type to other programs; "" is none.
func Saved(ending string) string {
	switch ending {
	case "zip", "pdf", "gzip", "rtf":
		return "application/" + ending
	case "gz", "tgz":
		return "application/gzip"
	case "bz2", "tbz", "tbz2":
		return "application/x-bzip2"
	case "xz", "txz":
		return "application/x-xz"
	case "zst", "tzst":
		return "application/zstd"
	case "7z":
		return "application/x-7z-compressed"
	case "rar":
		return "application/vnd.rar"
	case "tar":
		return "application/x-tar"
	case "z":
		return "application/x-compress"
	case "iso":
		return "application/x-iso9660-image"
	case "deb":
		return "application/vnd.debian.binary-package"
	case "rpm":
		return "application/x-rpm"
	case "ps", "eps":
		return "application/postscript"
	case "epub":
		return "application/epub+zip"
	case "torrent":
		return "application/x-bittorrent"
	}
	return ""
}
