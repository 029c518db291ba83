// SPDX-License-Identifier: GPL-2.0

//! Types of the kernel's. Made by 'klpctl types' of its type information (BTF).

#![allow(
    clippy::cast_lossless,
    dead_code,
    missing_docs,
    non_camel_case_types,
    non_snake_case,
    non_upper_case_globals,
    unreachable_pub
)]

use core::{
    ffi::c_void,
    mem::{offset_of, size_of},
};
use kernel::bindings;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct rfcomm_dev {
    pub port: tty_port,
    pub list: bindings::list_head,
    pub name: [u8; 12],
    pub id: i32,
    pub flags: usize,
    pub err: i32,
    pub _pad_6: [u8; 4],
    pub status: usize,
    pub src: bdaddr_t,
    pub dst: bdaddr_t,
    pub channel: u8,
    pub _pad_11: [u8; 3],
    pub modem_status: u32,
    pub _pad_13: [u8; 4],
    pub dlc: *mut c_void,
    pub tty_dev: *mut bindings::device,
    pub wmem_alloc: bindings::atomic_t,
    pub _pad_17: [u8; 4],
    pub pending: bindings::sk_buff_head,
}

const _: () = {
    assert!(offset_of!(rfcomm_dev, port) == 0);
    assert!(offset_of!(rfcomm_dev, list) == 360);
    assert!(offset_of!(rfcomm_dev, name) == 376);
    assert!(offset_of!(rfcomm_dev, id) == 388);
    assert!(offset_of!(rfcomm_dev, flags) == 392);
    assert!(offset_of!(rfcomm_dev, err) == 400);
    assert!(offset_of!(rfcomm_dev, status) == 408);
    assert!(offset_of!(rfcomm_dev, src) == 416);
    assert!(offset_of!(rfcomm_dev, dst) == 422);
    assert!(offset_of!(rfcomm_dev, channel) == 428);
    assert!(offset_of!(rfcomm_dev, modem_status) == 432);
    assert!(offset_of!(rfcomm_dev, dlc) == 440);
    assert!(offset_of!(rfcomm_dev, tty_dev) == 448);
    assert!(offset_of!(rfcomm_dev, wmem_alloc) == 456);
    assert!(offset_of!(rfcomm_dev, pending) == 464);
    assert!(size_of::<rfcomm_dev>() == 488);
};

#[repr(C)]
#[derive(Clone, Copy)]
pub struct tty_port {
    pub buf: tty_bufhead,
    pub tty: *mut bindings::tty_struct,
    pub itty: *mut bindings::tty_struct,
    pub ops: *mut c_void,
    pub client_ops: *mut c_void,
    pub lock: bindings::spinlock,
    pub blocked_open: i32,
    pub count: i32,
    pub _pad_8: [u8; 4],
    pub open_wait: bindings::wait_queue_head,
    pub delta_msr_wait: bindings::wait_queue_head,
    pub flags: usize,
    pub iflags: usize,
    pub _bits_13: [u8; 1],
    pub _pad_14: [u8; 7],
    pub mutex: bindings::mutex,
    pub buf_mutex: bindings::mutex,
    pub xmit_buf: *mut u8,
    pub xmit_fifo: tty_port__16,
    pub close_delay: u32,
    pub closing_wait: u32,
    pub drain_delay: i32,
    pub kref: bindings::kref,
    pub client_data: *mut c_void,
}

const _: () = {
    assert!(offset_of!(tty_port, buf) == 0);
    assert!(offset_of!(tty_port, tty) == 136);
    assert!(offset_of!(tty_port, itty) == 144);
    assert!(offset_of!(tty_port, ops) == 152);
    assert!(offset_of!(tty_port, client_ops) == 160);
    assert!(offset_of!(tty_port, lock) == 168);
    assert!(offset_of!(tty_port, blocked_open) == 172);
    assert!(offset_of!(tty_port, count) == 176);
    assert!(offset_of!(tty_port, open_wait) == 184);
    assert!(offset_of!(tty_port, delta_msr_wait) == 208);
    assert!(offset_of!(tty_port, flags) == 232);
    assert!(offset_of!(tty_port, iflags) == 240);
    assert!(offset_of!(tty_port, _bits_13) == 248);
    assert!(offset_of!(tty_port, mutex) == 256);
    assert!(offset_of!(tty_port, buf_mutex) == 280);
    assert!(offset_of!(tty_port, xmit_buf) == 304);
    assert!(offset_of!(tty_port, xmit_fifo) == 312);
    assert!(offset_of!(tty_port, close_delay) == 336);
    assert!(offset_of!(tty_port, closing_wait) == 340);
    assert!(offset_of!(tty_port, drain_delay) == 344);
    assert!(offset_of!(tty_port, kref) == 348);
    assert!(offset_of!(tty_port, client_data) == 352);
    assert!(size_of::<tty_port>() == 360);
};

impl tty_port {
    pub fn console(&self) -> u8 {
        get_bits(&self._bits_13, 0, 1) as u8
    }

    pub fn set_console(&mut self, value: u8) {
        set_bits(&mut self._bits_13, 0, 1, value as u64);
    }
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct bdaddr_t {
    pub b: [u8; 6],
}

const _: () = {
    assert!(offset_of!(bdaddr_t, b) == 0);
    assert!(size_of::<bdaddr_t>() == 6);
};

#[repr(C)]
#[derive(Clone, Copy)]
pub struct tty_bufhead {
    pub head: *mut c_void,
    pub flip_wq: *mut bindings::workqueue_struct,
    pub work: bindings::work_struct,
    pub lock: bindings::mutex,
    pub priority: bindings::atomic_t,
    pub _pad_5: [u8; 4],
    pub sentinel: tty_buffer,
    pub free: bindings::llist_head,
    pub mem_used: bindings::atomic_t,
    pub mem_limit: i32,
    pub tail: *mut c_void,
}

const _: () = {
    assert!(offset_of!(tty_bufhead, head) == 0);
    assert!(offset_of!(tty_bufhead, flip_wq) == 8);
    assert!(offset_of!(tty_bufhead, work) == 16);
    assert!(offset_of!(tty_bufhead, lock) == 48);
    assert!(offset_of!(tty_bufhead, priority) == 72);
    assert!(offset_of!(tty_bufhead, sentinel) == 80);
    assert!(offset_of!(tty_bufhead, free) == 112);
    assert!(offset_of!(tty_bufhead, mem_used) == 120);
    assert!(offset_of!(tty_bufhead, mem_limit) == 124);
    assert!(offset_of!(tty_bufhead, tail) == 128);
    assert!(size_of::<tty_bufhead>() == 136);
};

#[repr(C)]
#[derive(Clone, Copy)]
pub struct tty_port__16 {
    pub __anon_0: tty_port__16__0,
    pub buf: [u8; 0],
}

const _: () = {
    assert!(offset_of!(tty_port__16, __anon_0) == 0);
    assert!(offset_of!(tty_port__16, buf) == 24);
    assert!(size_of::<tty_port__16>() == 24);
};

#[repr(C)]
#[derive(Clone, Copy)]
pub struct tty_buffer {
    pub __anon_0: tty_buffer__0,
    pub used: u32,
    pub size: u32,
    pub commit: u32,
    pub lookahead: u32,
    pub read: u32,
    pub flags: bool,
    pub _pad_7: [u8; 3],
    pub data: [u8; 0],
}

const _: () = {
    assert!(offset_of!(tty_buffer, __anon_0) == 0);
    assert!(offset_of!(tty_buffer, used) == 8);
    assert!(offset_of!(tty_buffer, size) == 12);
    assert!(offset_of!(tty_buffer, commit) == 16);
    assert!(offset_of!(tty_buffer, lookahead) == 20);
    assert!(offset_of!(tty_buffer, read) == 24);
    assert!(offset_of!(tty_buffer, flags) == 28);
    assert!(offset_of!(tty_buffer, data) == 32);
    assert!(size_of::<tty_buffer>() == 32);
};

#[repr(C)]
#[derive(Clone, Copy)]
pub union tty_port__16__0 {
    pub kfifo: __kfifo,
    pub r#type: *mut u8,
    pub const_type: *mut u8,
    pub rectype: *mut c_void,
    pub ptr: *mut u8,
    pub ptr_const: *mut u8,
}

const _: () = {
    assert!(offset_of!(tty_port__16__0, kfifo) == 0);
    assert!(offset_of!(tty_port__16__0, r#type) == 0);
    assert!(offset_of!(tty_port__16__0, const_type) == 0);
    assert!(offset_of!(tty_port__16__0, rectype) == 0);
    assert!(offset_of!(tty_port__16__0, ptr) == 0);
    assert!(offset_of!(tty_port__16__0, ptr_const) == 0);
    assert!(size_of::<tty_port__16__0>() == 24);
};

#[repr(C)]
#[derive(Clone, Copy)]
pub union tty_buffer__0 {
    pub next: *mut c_void,
    pub free: bindings::llist_node,
}

const _: () = {
    assert!(offset_of!(tty_buffer__0, next) == 0);
    assert!(offset_of!(tty_buffer__0, free) == 0);
    assert!(size_of::<tty_buffer__0>() == 8);
};

#[repr(C)]
#[derive(Clone, Copy)]
pub struct __kfifo {
    pub r#in: u32,
    pub out: u32,
    pub mask: u32,
    pub esize: u32,
    pub data: *mut c_void,
}

const _: () = {
    assert!(offset_of!(__kfifo, r#in) == 0);
    assert!(offset_of!(__kfifo, out) == 4);
    assert!(offset_of!(__kfifo, mask) == 8);
    assert!(offset_of!(__kfifo, esize) == 12);
    assert!(offset_of!(__kfifo, data) == 16);
    assert!(size_of::<__kfifo>() == 24);
};

#[inline(always)]
fn get_bits(bytes: &[u8], start: u32, bits: u32) -> u64 {
    let mut value = 0;
    let mut i = 0u32;
    while i < bits {
        let at = start.wrapping_add(i);
        if let Some(byte) = bytes.get((at / 8) as usize) {
            value |= u64::from(byte.wrapping_shr(at % 8) & 1).wrapping_shl(i);
        }
        i = i.wrapping_add(1);
    }
    value
}

#[inline(always)]
fn set_bits(bytes: &mut [u8], start: u32, bits: u32, value: u64) {
    let mut i = 0u32;
    while i < bits {
        let at = start.wrapping_add(i);
        if let Some(byte) = bytes.get_mut((at / 8) as usize) {
            let bit = 1u8.wrapping_shl(at % 8);
            *byte = if value.wrapping_shr(i) & 1 == 1 {
                *byte | bit
            } else {
                *byte & !bit
            };
        }
        i = i.wrapping_add(1);
    }
}
