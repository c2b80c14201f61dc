// Certificates issues what a control plane on loopback needs and nothing that could be trusted anywhere else.
//
//	certificates cluster DIR
//	    ca.{crt,key}                  the cluster's CA
//	    serving.{crt,key}             for 127.0.0.1, ::1, localhost and the names a pod uses for the API server
//	    front-proxy-ca.{crt,key}      what an aggregated API server trusts
//	    front-proxy-client.{crt,key}  what the API server shows to it
//	    service-account.key           signs service account tokens
//	certificates serving DIR NAME HOST...        NAME.{crt,key} for the hosts, signed by DIR/ca
//	certificates client DIR NAME USER GROUP...   NAME.{crt,key} of a user and its groups, signed by DIR/ca
package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// A test cluster lives for minutes, a developer's for days.
const validity = 365 * 24 * time.Hour

type authority struct {
	certificate *x509.Certificate
	key         crypto.Signer
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "certificates:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 2 && args[0] == "cluster":
		return cluster(args[1])
	case len(args) >= 4 && args[0] == "serving":
		ca, err := load(args[1], "ca")
		if err != nil {
			return err
		}
		_, err = issue(args[1], args[2], serving(args[3:]), ca)
		return err
	case len(args) >= 4 && args[0] == "client":
		ca, err := load(args[1], "ca")
		if err != nil {
			return err
		}
		_, err = issue(args[1], args[2], client(args[3], args[4:]), ca)
		return err
	}
	return fmt.Errorf("unknown arguments %q: cluster DIR, serving DIR NAME HOST... or client DIR NAME USER GROUP...", args)
}

func cluster(dir string) error {
	ca, err := issue(dir, "ca", root("maintenant test cluster"), nil)
	if err != nil {
		return err
	}
	hosts := []string{"127.0.0.1", "::1", "10.0.0.1", "localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"}
	if _, err := issue(dir, "serving", serving(hosts), ca); err != nil {
		return err
	}
	frontProxy, err := issue(dir, "front-proxy-ca", root("maintenant test front proxy"), nil)
	if err != nil {
		return err
	}
	if _, err := issue(dir, "front-proxy-client", client("front-proxy-client", nil), frontProxy); err != nil {
		return err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	return writeKey(filepath.Join(dir, "service-account.key"), key)
}

func root(name string) *x509.Certificate {
	return &x509.Certificate{
		Subject:               pkix.Name{CommonName: name},
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		IsCA:                  true,
		BasicConstraintsValid: true,
	}
}

func serving(hosts []string) *x509.Certificate {
	template := &x509.Certificate{
		Subject:     pkix.Name{CommonName: hosts[0]},
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	return template
}

func client(user string, groups []string) *x509.Certificate {
	return &x509.Certificate{
		Subject:     pkix.Name{CommonName: user, Organization: groups},
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
}

// issue writes NAME.crt and NAME.key; without a parent the certificate signs itself.
func issue(dir, name string, template *x509.Certificate, parent *authority) (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	if template.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127)); err != nil {
		return nil, err
	}
	// An hour back: clocks of virtual machines jump.
	template.NotBefore = time.Now().Add(-time.Hour)
	template.NotAfter = time.Now().Add(validity)
	signer := &authority{template, key}
	if parent != nil {
		signer = parent
	}
	der, err := x509.CreateCertificate(rand.Reader, template, signer.certificate, key.Public(), signer.key)
	if err != nil {
		return nil, err
	}
	if err := writePEM(filepath.Join(dir, name+".crt"), "CERTIFICATE", der); err != nil {
		return nil, err
	}
	if err := writeKey(filepath.Join(dir, name+".key"), key); err != nil {
		return nil, err
	}
	certificate, err := x509.ParseCertificate(der)
	return &authority{certificate, key}, err
}

func load(dir, name string) (*authority, error) {
	certificate, err := readPEM(filepath.Join(dir, name+".crt"))
	if err != nil {
		return nil, err
	}
	key, err := readPEM(filepath.Join(dir, name+".key"))
	if err != nil {
		return nil, err
	}
	parsed, err := x509.ParseCertificate(certificate)
	if err != nil {
		return nil, err
	}
	signer, err := x509.ParseECPrivateKey(key)
	return &authority{parsed, signer}, err
}

func readPEM(path string) ([]byte, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(content)
	if block == nil {
		return nil, fmt.Errorf("%s holds no PEM block", path)
	}
	return block.Bytes, nil
}

func writeKey(path string, key *ecdsa.PrivateKey) error {
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	return writePEM(path, "EC PRIVATE KEY", der)
}

func writePEM(path, kind string, der []byte) error {
	return os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
}
