module maintenant/test/cluster/tools/certificates

go 1.26.0
