// SPDX-License-Identifier: GPL-2.0

//! The structs as bindgen lays them out are the structs as the C compiler does.

use super::{klp_func, klp_object, klp_patch, klp_state};

#[allow(dead_code, non_upper_case_globals)]
mod c {
    include!(env!("KLP_LAYOUT"));
}

#[allow(dead_code)]
const fn size_of_pointee<T>(_: *const T) -> usize {
    size_of::<T>()
}

/// The pattern names every field, so a field that the list lacks does not compile.
macro_rules! assert_layout {
    ($type:ident { $($field:ident),* $(,)? }) => {
        $crate::rt::paste! {
            const _: () = {
                assert!(size_of::<$type>() == c::$type, concat!("size of struct ", stringify!($type)));
                $(
                    assert!(
                        core::mem::offset_of!($type, $field) == c::[<$type __ $field>],
                        concat!("offset of ", stringify!($field), " in struct ", stringify!($type)),
                    );
                )*
                let uninit = core::mem::MaybeUninit::<$type>::uninit();
                let place = uninit.as_ptr();
                $(
                    // SAFETY: Only the field's address is taken, inside of `uninit`.
                    let field = unsafe { core::ptr::addr_of!((*place).$field) };
                    assert!(
                        size_of_pointee(field) == c::[<$type __ $field __size>],
                        concat!("size of ", stringify!($field), " in struct ", stringify!($type)),
                    );
                )*
            };
            const _: fn($type) = |$type { $($field: _),* }| ();
        }
    };
}

assert_layout!(klp_func {
    old_name,
    new_func,
    old_sympos,
    old_func,
    kobj,
    node,
    stack_node,
    old_size,
    new_size,
    nop,
    patched,
    transition,
});

assert_layout!(klp_object {
    name,
    funcs,
    callbacks,
    kobj,
    func_list,
    node,
    mod_,
    dynamic,
    patched,
});

assert_layout!(klp_state { id, version, data });

assert_layout!(klp_patch {
    mod_,
    objs,
    states,
    replace,
    list,
    kobj,
    obj_list,
    enabled,
    forced,
    free_work,
    finish,
});
