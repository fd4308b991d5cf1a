//! `#[derive(Schema)]`: schema data from the struct of a resource type. It emits data only; it decides nothing.
//!
//! A field's name is the argument's public name, its type gives type and flags (see `regprov_schema::AttributeKind`), and
//! `#[schema(…)]` adds what a type cannot say:
//!
//! | attribute | meaning |
//! |---|---|
//! | `block` | the field is a nested block; with `min = N`, `max = N` |
//! | `optional`, `computed`, `sensitive`, `required` | sets the flag beside those of the type |
//! | `replaces` | a change replaces the object |
//! | `as_blocks` | may be written as nested blocks |
//! | `local` | never sent, never read |
//! | `default = EXPR` | the value where the configuration has none |
//! | `meaning = EXPR` | a `regprov_schema::Meaning` |
//! | `rules = EXPR` | a `&'static [regprov_schema::Rule]` |
//! | `recomputed_by = EXPR`, `conflicts_with = EXPR`, `exactly_one_of = EXPR`, `required_with = EXPR` | name lists |
//! | `ty = EXPR` | the type in the language, where the Rust type does not say it |
//! | `deprecated = EXPR` | what to use in its place |
//! | `former = EXPR` | a `&'static [regprov_schema::Former]`: what it was called before |
//!
//! On the struct itself, `dropped = EXPR` is a `&'static [regprov_schema::Dropped]`: what older versions took.
//!
//! The doc comment becomes the description.

use proc_macro::TokenStream;
use proc_macro2::TokenStream as Tokens;
use quote::quote;
use syn::{Data, DeriveInput, Expr, Field, Fields, Lit, Meta, parse_macro_input};

/// Derives `regprov_schema::Schematic`.
#[proc_macro_derive(Schema, attributes(schema))]
pub fn derive_schema(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand(&input)
        .unwrap_or_else(|error| error.to_compile_error())
        .into()
}

fn expand(input: &DeriveInput) -> syn::Result<Tokens> {
    let Data::Struct(data) = &input.data else {
        return Err(syn::Error::new_spanned(input, "only a struct has a schema"));
    };
    let Fields::Named(fields) = &data.fields else {
        return Err(syn::Error::new_spanned(input, "a schema needs named fields"));
    };
    let rows: Vec<Tokens> = fields.named.iter().map(field_row).collect::<syn::Result<_>>()?;
    let (name, description) = (&input.ident, documentation(&input.attrs));
    let dropped = dropped(input)?;
    let (generics, arguments, bounds) = input.generics.split_for_impl();
    Ok(quote! {
        impl #generics ::regprov_schema::Schematic for #name #arguments #bounds {
            fn block() -> ::regprov_schema::Block {
                let mut block = ::regprov_schema::Block { description: #description, #dropped ..::core::default::Default::default() };
                #(#rows)*
                block
            }
        }
    })
}

/// What `#[schema(…)]` says of the struct.
fn dropped(input: &DeriveInput) -> syn::Result<Tokens> {
    let mut said = Tokens::new();
    for attribute in input
        .attrs
        .iter()
        .filter(|attribute| attribute.path().is_ident("schema"))
    {
        attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident("dropped") {
                return Err(meta.error("no such schema attribute of a struct"));
            }
            let value: Expr = meta.value()?.parse()?;
            said = quote!(dropped: #value,);
            Ok(())
        })?;
    }
    Ok(said)
}

/// What `#[schema(…)]` says of a field.
#[derive(Default)]
struct Options {
    flags: Vec<Tokens>,
    block: bool,
    min: Option<Expr>,
    max: Option<Expr>,
    replaces: bool,
    computed: bool,
}

fn field_row(field: &Field) -> syn::Result<Tokens> {
    let ident = field.ident.as_ref().expect("the fields are named");
    let name = ident.to_string().trim_start_matches("r#").to_owned();
    let (ty, description) = (&field.ty, documentation(&field.attrs));
    let options = options(field)?;
    if options.block {
        let (min, max) = (bound(options.min), bound(options.max));
        let (replaces, computed) = (options.replaces, options.computed);
        return Ok(quote! {
            block.blocks.insert(#name, ::regprov_schema::NestedBlock {
                nesting: <#ty as ::regprov_schema::BlockKind>::NESTING,
                block: <#ty as ::regprov_schema::BlockKind>::nested(),
                min_items: #min, max_items: #max, replaces: #replaces, computed: #computed,
            });
        });
    }
    let flags = options.flags;
    Ok(quote! {{
        let mut attribute = <#ty as ::regprov_schema::AttributeKind>::attribute();
        attribute.description = #description;
        #(#flags)*
        block.attributes.insert(#name, attribute);
    }})
}

fn bound(expression: Option<Expr>) -> Tokens {
    expression.map_or_else(|| quote!(0), |expression| quote!(#expression))
}

fn options(field: &Field) -> syn::Result<Options> {
    let mut options = Options::default();
    for attribute in field
        .attrs
        .iter()
        .filter(|attribute| attribute.path().is_ident("schema"))
    {
        attribute.parse_nested_meta(|meta| {
            let name = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
            match name.as_str() {
                "block" => options.block = true,
                "min" => options.min = Some(meta.value()?.parse()?),
                "max" => options.max = Some(meta.value()?.parse()?),
                "required" => options
                    .flags
                    .push(quote!(attribute.required = true; attribute.optional = false;)),
                "optional" | "sensitive" | "as_blocks" | "local" | "once" | "write_only" => {
                    let flag = &meta.path;
                    options.flags.push(quote!(attribute.#flag = true;));
                }
                "computed" => {
                    options.computed = true;
                    options.flags.push(quote!(attribute.computed = true;));
                }
                "replaces" => {
                    options.replaces = true;
                    options.flags.push(quote!(attribute.replaces = true;));
                }
                "default" => {
                    let value: Expr = meta.value()?.parse()?;
                    options
                        .flags
                        .push(quote!(attribute.default = ::core::option::Option::Some((#value).into());));
                }
                "meaning" | "rules" | "recomputed_by" | "conflicts_with" | "exactly_one_of"
                | "required_with" | "former" | "ty" => {
                    let (slot, value): (_, Expr) = (&meta.path, meta.value()?.parse()?);
                    options.flags.push(quote!(attribute.#slot = #value;));
                }
                "deprecated" => {
                    let value: Expr = meta.value()?.parse()?;
                    options
                        .flags
                        .push(quote!(attribute.deprecated = ::core::option::Option::Some(#value);));
                }
                _ => return Err(meta.error("no such schema attribute")),
            }
            Ok(())
        })?;
    }
    Ok(options)
}

/// The text of the doc comment, lines joined.
fn documentation(attributes: &[syn::Attribute]) -> String {
    let lines = attributes.iter().filter_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Str(text) => Some(text.value().trim().to_owned()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    });
    lines.collect::<Vec<_>>().join(" ").trim().to_owned()
}
