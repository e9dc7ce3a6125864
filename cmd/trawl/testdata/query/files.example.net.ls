.:
-rw-r--r-- 1 ftp ftp 663748608 2024-05-17 10:00 debian-12-netinst.iso
drwxr-xr-x 2 ftp ftp      4096 2024-01-01 00:00 media
drwxr-xr-x 2 ftp ftp      4096 2024-01-01 00:00 odd

./media:
-rw-r--r-- 1 ftp ftp 734003200 2018-01-01 10:00 film.mkv
-rw-r--r-- 1 ftp ftp 104857600 2023-06-16 10:00 live.flac
-rw-r--r-- 1 ftp ftp   3670016 2024-06-15 11:00 live.mp3

./odd:
-rw-r--r-- 1 ftp ftp        10 2000-01-01 10:00 a|b.txt
-rw-r--r-- 1 ftp ftp        10 2000-01-01 10:00 CAFÉ.txt
-rw-r--r-- 1 ftp ftp        10 2000-01-01 10:00 Café.txt.bak
-rw-r--r-- 1 ftp ftp        10 2000-01-01 10:00 Straße.txt
-rw-r--r-- 1 ftp ftp        10 2000-01-01 10:00 Élan.txt
-rw-r--r-- 1 ftp ftp        10 2000-01-01 10:00 ｆｕｌｌ.txt
-rw-r--r-- 1 ftp ftp        10 2000-01-01 10:00 rm -rf.txt
-rw-r--r-- 1 ftp ftp        10 2000-01-01 10:00 this OR that.txt
-rw-r--r-- 1 ftp ftp        10 2000-01-01 10:00 what?.txt
-rw-r--r-- 1 ftp ftp        10 2000-01-01 10:00 whatever.txt
-rw-r--r-- 1 ftp ftp        10 2000-01-01 10:00 readme.md
