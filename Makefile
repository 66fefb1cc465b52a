# SPDX-License-Identifier: GPL-2.0
#
#   make demo     see it work, in a virtual machine
#   make check    pass the tests
#   make help     the rest

# Newest kernel that can be built for and booted here; the module is tested on it.
KVER	?= $(shell tests/vm/kernel 2>/dev/null)
KDIR	?= /lib/modules/$(KVER)/build
VERSION	:= $(shell sed -n 's/.*NST_VERSION[[:space:]]*"\(.*\)"/\1/p' kmod/version.h)

all: module tools

module:
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

tools:
	$(MAKE) -C tools

demo:
	tests/deps build vm demo
	$(MAKE) --no-print-directory all
	tests/demo/run

# Each level prints a line a test; tests/check adds them up.
check:
	tests/check

check-tools check-fuzz check-kunit check-decoders check-e2e check-e2e-stock check-style check-dkms check-deb check-bench check-debug check-deep:
	tests/check $(@:check-%=%)

bench:
	tests/deps build uml bench
	tests/bench/run

# This tree and another one, in turns: make bench-against REV=...
bench-against:
	tests/deps build uml bench
	tests/bench/against $(REV)

# Instructions a packet against tests/bench/instructions.ref: a level of make check.
bench-instructions: check-bench

# What listing a million flows takes.
bench-listing:
	tests/deps build uml bench
	tests/bench/listing

# Tables of routes: lookups beside the FIB, memory, loads, changes.
bench-routes:
	tests/deps build uml
	tests/bench/routes

# Tables and pictures of the last make bench.
bench-publish:
	tests/deps bench
	tests/bench/plot.py build/bench.json docs/pictures
	cp build/bench.txt docs/

style:
	tests/style

# Sizes of functions and files, and all that make style checks.
lint:
	@mkdir -p build
	@tests/lint

# Where a kernel runs that is not the newest one here.
install: install-module install-tools

install-module:
	$(MAKE) -C /lib/modules/$(shell uname -r)/build M=$(CURDIR) modules modules_install
	depmod -a

install-tools: tools
	$(MAKE) -C tools install

DKMS_DIR := $(DESTDIR)/usr/src/netstream-$(VERSION)
DKMS_KERNEL ?= $(shell uname -r)

# The files that DKMS needs.
dkms-source:
	install -d $(DKMS_DIR)/kmod $(DKMS_DIR)/include/uapi/linux
	install -m 644 Kbuild dkms.conf $(DKMS_DIR)/
	install -m 644 kmod/*.c kmod/*.h $(DKMS_DIR)/kmod/
	install -m 644 include/uapi/linux/netstream.h $(DKMS_DIR)/include/uapi/linux/

dkms-install: dkms-source
	dkms add -m netstream -v $(VERSION)
	dkms build -m netstream -v $(VERSION) -k $(DKMS_KERNEL)
	dkms install -m netstream -v $(VERSION) -k $(DKMS_KERNEL)

dkms-remove:
	dkms remove -m netstream -v $(VERSION) --all
	rm -rf $(DKMS_DIR)

# netstream and netstream-dkms, in build/deb
deb:
	tests/deps build deb
	rm -rf build/deb
	mkdir -p build/deb/netstream-$(VERSION)
	tar --exclude=./build --exclude=./.git --exclude-from=.gitignore -cf - . | tar -xf - -C build/deb/netstream-$(VERSION)
	cd build/deb/netstream-$(VERSION) && dpkg-buildpackage -us -uc -b
	@ls build/deb/*.deb

# The same as RPM packages, in build/rpm/RPMS.  What the build needs is not looked for
# where RPM has not installed it.
rpm:
	command -v rpmbuild >/dev/null || tests/deps build rpm
	rm -rf build/rpm
	mkdir -p build/rpm/SOURCES
	tar --exclude=./build --exclude=./.git --exclude-from=.gitignore --transform='s|^\.|netstream-$(VERSION)|' \
		-czf build/rpm/SOURCES/netstream-$(VERSION).tar.gz .
	rpmbuild -bb $(shell rpm -q make >/dev/null 2>&1 || echo --nodeps) \
		--define '_topdir $(CURDIR)/build/rpm' rpm/netstream.spec
	@ls build/rpm/RPMS/*/*.rpm

clean:
	-[ -d "$(KDIR)" ] && $(MAKE) -C $(KDIR) M=$(CURDIR) clean
	$(MAKE) -C tools clean
	rm -rf build

help:
	@echo 'make              the module and the tool'
	@echo 'make demo         see it work, in a virtual machine'
	@echo 'make check        all tests: check-tools check-fuzz check-style check-kunit check-decoders check-e2e check-dkms check-deb check-bench'
	@echo 'make lint         median and longest function, files over 600 lines, and the style checks'
	@echo 'make check-e2e-stock  all end-to-end tests on the stock kernel, in emulation'
	@echo 'make check-debug  KUnit and end to end on a kernel with KASAN, lockdep and kmemleak'
	@echo 'make check-deep   fuzzing, fault injection, races, other kernels: an hour (FULL=1: a night, QUICK=1)'
	@echo 'make bench        nanoseconds a packet, beside iptables-netflow (QUICK=1, ROUNDS=3)'
	@echo 'make bench-against REV=...  the module of this tree and of a revision, in turns within one boot'
	@echo 'make bench-instructions  instructions a packet, against the reference'
	@echo 'make bench-routes  what tables of routes cost, beside the FIB'
	@echo 'make bench-publish       its tables and pictures into docs'
	@echo 'make dkms-install install the module for this and later kernels (DKMS_KERNEL)'
	@echo 'make deb          Debian packages of the tool and of the module, in build/deb'
	@echo 'make rpm          RPM packages of both, in build/rpm'
	@echo 'make install-tools  install the tool (PREFIX, DESTDIR)'

.PHONY: all module tools demo check check-tools check-fuzz check-kunit check-decoders check-e2e check-e2e-stock check-style \
	check-dkms check-deb check-bench check-debug check-deep bench bench-against bench-routes bench-instructions bench-publish style lint install install-module install-tools \
	dkms-source dkms-install dkms-remove deb rpm clean help
