// SPDX-License-Identifier: GPL-2.0

//! Livepatch test: shadow variables

use kernel::{ffi::c_int, prelude::*};

module! {
    type: ShadowVars,
    name: "test_klp_shadow_vars",
    description: "Livepatch test: shadow variables",
    license: "GPL",
}

const NUM_OBJS: usize = 3;

struct Object {
    _field: c_int,
}

/// A field that objects get as a shadow variable: the address of what it stands for.
struct Field {
    id: usize,
    shadow: klp::Shadow<Object, usize>,
}

impl Field {
    const fn new(id: usize) -> Self {
        // SAFETY: No other module has these ids, and nothing is used after free_all().
        let shadow = unsafe { klp::Shadow::new(id) };
        Self { id, shadow }
    }

    fn free_all(&self) {
        // SAFETY: The test uses no variable that it has not looked up since.
        unsafe { self.shadow.free_all_unused() };
    }
}

const CHAR: Field = Field::new(0x1234);
const INT: Field = Field::new(0x1235);

fn construct(data: usize) -> Result<usize> {
    Ok(data)
}

fn destruct(_data: usize) {}

fn address<T>(of: &T) -> usize {
    (&raw const *of).addr()
}

/// Says what it does, with a number for each address, in the order in which they are first shown.
struct Test(KVec<usize>);

impl Test {
    fn id(&mut self, address: usize) -> Result<usize> {
        if let Some(id) = self.0.iter().position(|known| *known == address) {
            return Ok(id);
        }
        self.0.push(address, GFP_KERNEL)?;
        Ok(self.0.len() - 1)
    }

    fn get<'a>(&mut self, object: &'a Object, field: &Field) -> Result<Option<&'a usize>> {
        let variable = field.shadow.get(object);
        let obj = self.id(address(object))?;
        let sv = self.id(variable.map_or(0, address))?;
        pr_info!(
            "klp_shadow_get(obj=PTR{obj}, id={:#x}) = PTR{sv}\n",
            field.id
        );
        Ok(variable)
    }

    fn alloc(&mut self, object: &Object, field: &Field, data: usize) -> Result<usize> {
        let variable = field.shadow.init(object, GFP_KERNEL, || construct(data))?;
        self.say_alloc("alloc", object, field, data, address(variable), true)
    }

    fn get_or_alloc(&mut self, object: &Object, field: &Field, data: usize) -> Result<usize> {
        let mut is_new = false;
        let variable = field.shadow.get_or_init(object, GFP_KERNEL, || {
            is_new = true;
            construct(data)
        })?;
        self.say_alloc(
            "get_or_alloc",
            object,
            field,
            data,
            address(variable),
            is_new,
        )
    }

    fn say_alloc(
        &mut self,
        how: &str,
        object: &Object,
        field: &Field,
        data: usize,
        variable: usize,
        is_new: bool,
    ) -> Result<usize> {
        let (sv, var) = (self.id(variable)?, self.id(data)?);
        if is_new {
            pr_info!("shadow_ctor: PTR{sv} -> PTR{var}\n");
        }
        let ctor = self.id(construct as *const () as usize)?;
        let (obj, id, size) = (self.id(address(object))?, field.id, size_of::<usize>());
        pr_info!(
            "klp_shadow_{how}(obj=PTR{obj}, id={id:#x}, size={size:x}, gfp_flags=GFP_KERNEL), \
             ctor=PTR{ctor}, ctor_data=PTR{var} = PTR{sv}\n"
        );
        Ok(variable)
    }

    fn free(&mut self, object: &mut Object, field: &Field) -> Result {
        let obj = self.id(address(object))?;
        let sv = self.id(field.shadow.get(object).map_or(0, address))?;
        if let Some(data) = field.shadow.free(object) {
            destruct(data);
            pr_info!("shadow_dtor(obj=PTR{obj}, shadow_data=PTR{sv})\n");
        }
        let dtor = self.id(destruct as *const () as usize)?;
        pr_info!(
            "klp_shadow_free(obj=PTR{obj}, id={:#x}, dtor=PTR{dtor})\n",
            field.id
        );
        Ok(())
    }

    fn free_all(&mut self, field: &Field) -> Result {
        field.free_all();
        let dtor = self.id(0)?;
        pr_info!("klp_shadow_free_all(id={:#x}, dtor=PTR{dtor})\n", field.id);
        Ok(())
    }

    fn finds(&mut self, object: &Object, field: &Field, expected: usize, data: usize) -> Result {
        let variable = self.get(object, field)?.ok_or(EINVAL)?;
        self.is(variable, expected, data)
    }

    fn is(&mut self, variable: &usize, expected: usize, data: usize) -> Result {
        if address(variable) == expected && *variable == data {
            let (sv, var) = (self.id(expected)?, self.id(data)?);
            pr_info!("  got expected PTR{sv} -> PTR{var} result\n");
        }
        Ok(())
    }

    fn finds_none(&mut self, object: &Object, field: &Field) -> Result {
        if self.get(object, field)?.is_none() {
            pr_info!("  got expected NULL result\n");
        }
        Ok(())
    }

    fn run(&mut self) -> Result {
        let mut objects = [const { Object { _field: 0 } }; NUM_OBJS];
        let chars = [0u8; NUM_OBJS];
        let ints: [c_int; NUM_OBJS] = [0; NUM_OBJS];
        let (chars, ints) = (chars.each_ref().map(address), ints.each_ref().map(address));
        let (mut of_char, mut of_int) = ([0; NUM_OBJS], [0; NUM_OBJS]);
        self.id(0)?;

        if let Some(first) = objects.first() {
            self.finds_none(first, &CHAR)?;
        }
        for (i, object) in objects.iter().enumerate() {
            self.id(chars[i])?;
            of_char[i] = match i % 2 {
                0 => self.get_or_alloc(object, &CHAR, chars[i])?,
                _ => self.alloc(object, &CHAR, chars[i])?,
            };
            self.id(ints[i])?;
            of_int[i] = self.alloc(object, &INT, ints[i])?;
        }
        for (i, object) in objects.iter().enumerate() {
            self.finds(object, &CHAR, of_char[i], chars[i])?;
            self.finds(object, &INT, of_int[i], ints[i])?;
        }
        for (i, object) in objects.iter().enumerate() {
            self.get_or_alloc(object, &CHAR, chars[i])?;
            let variable = CHAR.shadow.get(object).ok_or(EINVAL)?;
            self.is(variable, of_char[i], chars[i])?;
        }
        for object in &mut objects {
            self.free(object, &CHAR)?;
            self.finds_none(object, &CHAR)?;
        }
        for (i, object) in objects.iter().enumerate() {
            self.finds(object, &INT, of_int[i], ints[i])?;
        }
        self.free_all(&INT)?;
        for object in &objects {
            self.finds_none(object, &INT)?;
        }
        Ok(())
    }
}

struct ShadowVars;

impl kernel::Module for ShadowVars {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        Test(KVec::new()).run().inspect_err(|_| {
            CHAR.free_all();
            INT.free_all();
        })?;
        Ok(Self)
    }
}
