meta:
  id: coreslot
  title: Coreslot bundle, container and slot image
  file-extension: cslot
  license: MIT
  ks-version: "0.10"
  endian: le
doc: |
  A signed update for microcontrollers with two slots for each core: FORMAT.md, beside this file, is normative.
  This description reads structure and fixed values. It computes no CRC, digest, set id or signature, and so proves
  nothing about who made a file.

  The root type reads a bundle or a container. A slot image, as read back from flash, is `coreslot::slot_image` over
  exactly the bytes of the slot.
doc-ref: FORMAT.md
seq:
  - id: content
    doc: A bundle holds all images of a release, a container one.
    type:
      switch-on: kind
      cases:
        kind::bundle: bundle
        kind::container: container
instances:
  kind:
    pos: 3
    type: u1
    enum: kind
enums:
  kind:
    0x42: bundle
    0x49: container
  crc_kind:
    1: zlib
    2: stm32
  digest_kind:
    1: sha256
  signature_kind:
    1: ed25519
    2: p256
  encryption_kind:
    0: none
types:
  bundle:
    doc: Bundle header, all image headers, all payloads, metadata.
    seq:
      - id: header
        type: bundle_header
      - id: headers
        type: image_header
        repeat: expr
        repeat-expr: header.image_count
      - id: payloads
        type: padded_payload(headers[_index].payload_size_bytes)
        repeat: expr
        repeat-expr: header.image_count
      - id: metadata
        size: header.metadata_size_bytes
  container:
    doc: One image.
    seq:
      - id: header
        type: image_header
      - id: payload
        type: padded_payload(header.payload_size_bytes)
  slot_image:
    doc: What stands in a slot; the stream must be exactly the slot.
    instances:
      header:
        pos: _io.size - 288
        type: image_header
      commit_word:
        pos: _io.size - 32
        type: commit_word
      payload:
        pos: 0
        type: padded_payload(header.payload_size_bytes)
  bundle_header:
    doc: Not signed. Says how to cut the file up.
    seq:
      - id: magic
        contents: [0x89, "CSB", 0x0d, 0x0a, 0x1a, 0x0a]
      - id: format_version
        type: u2
        valid: 1
      - id: header_size_bytes
        type: u2
        valid: 32
      - id: total_size_bytes
        type: u4
      - id: metadata_size_bytes
        type: u4
      - id: image_count
        type: u1
        valid:
          min: 1
          max: 6
      - id: reserved_a
        contents: [0, 0, 0]
      - id: reserved_b
        contents: [0, 0, 0, 0]
      - id: header_crc
        type: u4
        doc: CRC-32 of bytes 0 to 27.
  image_header:
    doc: Bytes 0 to 191 are signed.
    seq:
      - id: magic
        contents: [0x89, "CSI", 0x0d, 0x0a, 0x1a, 0x0a]
      - id: format_version
        type: u2
        valid: 1
      - id: header_size_bytes
        type: u2
        valid: 256
      - id: header_crc
        type: u4
        doc: CRC-32 of bytes 0 to 191, this field taken as zero.
      - id: flags
        type: u4
        valid: 0
      - id: core
        type: strz
        size: 4
        encoding: ASCII
        valid:
          any-of: ['"CM0"', '"CM0P"', '"CM3"', '"CM4"', '"CM7"', '"CM33"']
      - id: run_address
        type: u4
        doc: Slot A.
      - id: staging_address
        type: u4
        doc: Slot B; equal to the run address where there is one slot only.
      - id: slot_size_bytes
        type: u4
      - id: payload_size_bytes
        type: u4
        valid:
          min: 1
      - id: payload_crc
        type: u4
      - id: fill
        type: u1
        valid:
          any-of: [0x00, 0xff]
      - id: reserved_a
        contents: [0, 0, 0]
      - id: crc_kind
        type: u1
        enum: crc_kind
        valid:
          any-of: ["crc_kind::zlib", "crc_kind::stm32"]
      - id: digest_kind
        type: u1
        enum: digest_kind
        valid: digest_kind::sha256
      - id: signature_kind
        type: u1
        enum: signature_kind
        valid:
          any-of: ["signature_kind::ed25519", "signature_kind::p256"]
      - id: encryption_kind
        type: u1
        enum: encryption_kind
        valid: encryption_kind::none
      - id: version_major
        type: u2
      - id: version_minor
        type: u2
      - id: version_patch
        type: u2
      - id: reserved_b
        contents: [0, 0]
      - id: version_build
        type: u4
      - id: counter
        type: u4
        doc: Security counter.
      - id: chip_id
        type: u4
      - id: product_id
        size: 16
      - id: set_id
        size: 16
      - id: payload_digest
        size: 32
        doc: SHA-256 of the payload without its padding.
      - id: key_id
        size: 8
      - id: metadata_digest
        size: 32
        doc: SHA-256 of the metadata, or zeros.
      - id: image_count
        type: u1
        valid:
          min: 1
          max: 6
      - id: index
        type: u1
        valid:
          max: image_count - 1
      - id: loader_format
        type: u2
        valid: 1
      - id: reserved_c
        contents: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
      - id: signature
        size: 64
  commit_word:
    doc: The last 32 bytes of a slot, written last of all.
    seq:
      - id: magic
        contents: [0x89, "CSC", 0x0d, 0x0a, 0x1a, 0x0a]
      - id: header_record_crc
        type: u4
        doc: CRC-32 of all 256 bytes of the header before it.
      - id: set_id
        size: 16
      - id: commit_crc
        type: u4
        doc: CRC-32 of bytes 0 to 27.
  padded_payload:
    params:
      - id: size_bytes
        type: u4
    seq:
      - id: payload
        size: size_bytes
      - id: padding
        doc: Fill bytes up to a multiple of 32.
        size: (32 - size_bytes % 32) % 32
