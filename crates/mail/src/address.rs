//! One mailbox, and the name beside it. What could be read as two, or as a header, is refused. SEC-26, SEC-52.

use std::{fmt, str::FromStr};

/// Bytes of an address at most. Source: RFC 5321, 4.5.3.1.3 (a path of 256, its brackets taken off).
pub const MAX_ADDRESS_BYTES: usize = 254;
/// Bytes of a display name at most.
pub const MAX_NAME_BYTES: usize = 256;

/// One mailbox, such as `ada@shop.example`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Address(lettre::Address);

/// What stands beside an address, such as `Ada Lovelace`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Name(String);

/// Why a text is no address or no name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Longer than any mailbox.
    #[error("the address is longer than {MAX_ADDRESS_BYTES} bytes")]
    TooLong,
    /// Not one mailbox.
    #[error("this is not one mail address such as ada@shop.example")]
    NotOneMailbox,
    /// Longer than any name.
    #[error("the name is longer than {MAX_NAME_BYTES} bytes")]
    NameTooLong,
    /// A line end, another control character, or one that cannot be seen.
    #[error("the name holds a line end or another invisible character")]
    NameInvisible,
}

impl Address {
    /// The address as text.
    pub fn as_str(&self) -> &str {
        self.0.as_ref()
    }

    /// What stands behind the `@`.
    pub fn domain(&self) -> &str {
        self.0.domain()
    }

    pub(crate) const fn inner(&self) -> &lettre::Address {
        &self.0
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        if text.len() > MAX_ADDRESS_BYTES {
            return Err(AddressError::TooLong);
        }
        // Quoted local parts may hold `@`, `,` and spaces: valid, used by nobody, and read differently by every server.
        let odd = |c: char| c.is_whitespace() || is_invisible(c) || "\"(),:;<>[]\\".contains(c);
        if text.contains(odd) || text.matches('@').count() != 1 {
            return Err(AddressError::NotOneMailbox);
        }
        let address: lettre::Address = text.parse().map_err(|_| AddressError::NotOneMailbox)?;
        if address.domain().parse::<std::net::IpAddr>().is_ok() {
            return Err(AddressError::NotOneMailbox);
        }
        Ok(Self(address))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Name {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Name {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        if text.len() > MAX_NAME_BYTES {
            return Err(AddressError::NameTooLong);
        }
        if text.contains(is_invisible) {
            return Err(AddressError::NameInvisible);
        }
        Ok(Self(text.trim().to_owned()))
    }
}

/// Control characters and those that change a text without being seen: with them two different texts look alike.
// Source: Unicode 16, general category Cf and the fillers of "Default_Ignorable_Code_Point".
pub(crate) fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_mailbox() {
        for text in ["ada@shop.example", "a.b+tag@x.co", "o'hara@shop.example", "ada@münchen.example", "root@localhost"]
        {
            let address: Address = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(address.as_str(), text);
        }
        assert_eq!("ada@shop.example".parse::<Address>().unwrap().domain(), "shop.example");
    }

    #[test]
    fn sec_26_what_could_be_two_mailboxes_or_a_header_is_refused() {
        for text in [
            "",
            "ada",
            "@shop.example",
            "ada@",
            "ada@shop.example,eve@evil.example",
            "ada@shop.example;eve@evil.example",
            "ada@shop.example eve@evil.example",
            "ada@shop.example\r\nBcc: eve@evil.example",
            "ada@shop.example\nBcc: eve@evil.example",
            "ada@shop.example\0",
            "ada\u{200b}@shop.example",
            "ada@shop.example\u{202e}",
            "Ada <ada@shop.example>",
            "<ada@shop.example>",
            "\"eve@evil.example\"@shop.example",
            "\"a b\"@shop.example",
            "ada@@shop.example",
            "ada@eve@shop.example",
            "ada@[127.0.0.1]",
            "ada@127.0.0.1",
            "ada(comment)@shop.example",
        ] {
            assert_eq!(text.parse::<Address>().unwrap_err(), AddressError::NotOneMailbox, "{text:?}");
        }
    }

    #[test]
    fn sec_52_an_address_has_at_most_254_bytes_and_a_name_256() {
        let domain = format!("{0}.{0}.{0}.example", "d".repeat(60));
        let longest = format!("{}@{domain}", "l".repeat(254 - 1 - domain.len()));
        assert_eq!(longest.len(), 254);
        assert_eq!(format!("l{longest}").parse::<Address>().unwrap_err(), AddressError::TooLong);
        assert_eq!("n".repeat(257).parse::<Name>().unwrap_err(), AddressError::NameTooLong);
        assert!("n".repeat(256).parse::<Name>().is_ok());
    }

    #[test]
    fn sec_26_a_name_with_a_line_end_or_something_invisible_is_refused() {
        for text in ["Shop\r\nBcc: eve@evil.example", "Shop\n", "Shop\0", "Sh\u{202e}op", "Sh\u{200b}op"] {
            assert_eq!(text.parse::<Name>().unwrap_err(), AddressError::NameInvisible, "{text:?}");
        }
        assert_eq!(" Käse & Söhne \"Shop\" ".parse::<Name>().unwrap().as_str(), "Käse & Söhne \"Shop\"");
    }
}
