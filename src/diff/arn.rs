/// What an ARN names: service and resource, without region and account, and without the minted
/// last part of a stream's, a backup's, an export's, an import's, a bulk operation's or a key's.
pub(super) fn settled(arn: &str) -> Option<String> {
    let mut parts = arn.splitn(6, ':');
    let service = parts.nth(2)?;
    let resource = parts.nth(2)?;
    let kinds: &[&str] = match service {
        "kms" => &["key/"],
        _ => &["/stream/", "/backup/", "/export/", "/import/", "/bulk-operation/"],
    };
    let minted = kinds.iter().find_map(|kind| resource.find(kind).map(|at| at + kind.len()));
    Some(match minted {
        Some(minted) => format!("[arn] {service} {}[minted]", &resource[..minted]),
        None => format!("[arn] {service} {resource}"),
    })
}
