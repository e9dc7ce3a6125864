.:
-rw-r--r-- 1 ftp ftp      1024 2024-06-14 09:00 README
-rw-r--r-- 1 ftp ftp         0 2024-06-15 08:00 empty.txt
drwxr-xr-x 2 ftp ftp      4096 2024-01-01 00:00 pub

./pub:
drwxr-xr-x 2 ftp ftp      4096 2024-01-01 00:00 linux
drwxr-xr-x 2 ftp ftp      4096 2024-01-01 00:00 debian
drwxr-xr-x 2 ftp ftp      4096 2024-01-01 00:00 photos

./pub/linux:
drwxr-xr-x 2 ftp ftp      4096 2024-01-01 00:00 kernel
-rw-r--r-- 1 ftp ftp  98000000 2021-03-01 12:00 linux-libre.tar.xz
-rw-r--r-- 1 ftp ftp    524288 2019-12-31 23:59 two words.txt
-rw-r--r-- 1 ftp ftp       200 2023-03-01 12:00 words two.txt

./pub/linux/kernel:
-rw-r--r-- 1 ftp ftp 143000000 2024-06-01 12:00 linux-6.9.tar.xz
-rw-r--r-- 1 ftp ftp 146800640 2024-07-31 23:59 linux-kernel-6.10.tar.gz
-rw-r--r-- 1 ftp ftp       989 2024-06-01 12:00 kernels.txt

./pub/debian:
-rw-r--r-- 1 ftp ftp 663748608 2024-05-17 10:00 debian-12-netinst.iso
-rw-r--r-- 1 ftp ftp 4294967296 2024-05-18 10:00 debian-12-dvd.iso
-rw-r--r-- 1 ftp ftp   1200000 2022-05-01 10:00 libc6_2.36_amd64.deb
-rw-r--r-- 1 ftp ftp   1200000 2022-05-01 10:00 libc6_2.36_arm64.deb
-rw-r--r-- 1 ftp ftp 700000001 2020-02-02 10:00 ubuntu-20.04.img

./pub/photos:
-rw-r--r-- 1 ftp ftp   2500000 2021-08-01 10:00 img_0001.jpg
-rw-r--r-- 1 ftp ftp   2500000 2021-08-01 10:00 img_00012.jpg
