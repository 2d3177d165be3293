//! How the service shows a table's replicas (aws-service-facts 8.4, 9.2).

use std::sync::Arc;

use super::{date, warm};
use crate::{
    emulator::table::{Replica, Table, Throughput},
    wire::json::Writer,
};

/// A table without replicas has none of this.
pub(super) fn version(table: &Table, now: u64, json: &mut Writer) {
    let Some(group) = &table.state.group else { return };
    json.key("GlobalTableSettingsReplicationMode");
    json.string("ENABLED_WITH_OVERRIDES");
    json.key("GlobalTableVersion");
    json.string("2019.11.21");
    if let Some(witness) = group.witness.as_ref().filter(|witness| witness.listed <= now) {
        json.key("GlobalTableWitnesses");
        json.array(|json| {
            json.object(|json| {
                json.key("RegionName");
                json.string(&witness.region);
                json.key("WitnessStatus");
                json.string(witness.status(now));
            });
        });
    }
}

/// The region that is asked is not among them; nor are others in that of a table that is being
/// deleted (aws-service-facts 8.5).
pub(super) fn replicas(table: &Table, peers: &[Arc<Table>], now: u64, json: &mut Writer) {
    let Some(group) = &table.state.group else { return };
    json.key("Replicas");
    json.array(|json| {
        if table.deletion().is_some() {
            return;
        }
        for replica in group.replicas.iter().filter(|replica| replica.listed <= now) {
            let peer = peers.iter().find(|peer| peer.region() == &*replica.region);
            entry(table, replica, peer.map(Arc::as_ref), now, json);
        }
    });
}

/// A replica. What it has and this table has not is an override, whoever told it so
/// (aws-service-facts 8.6, 11.3).
fn entry(table: &Table, replica: &Replica, peer: Option<&Table>, now: u64, json: &mut Writer) {
    json.object(|json| {
        if let Some(indexes) = peer.and_then(|peer| peer.definition.global.as_ref()) {
            json.key("GlobalSecondaryIndexes");
            json.array(|json| {
                for index in indexes {
                    let mut own = table.definition.global.iter().flatten();
                    let own = own.find(|own| own.name == index.name);
                    json.object(|json| {
                        json.key("IndexName");
                        json.string(&index.name);
                        ceiling(
                            own.and_then(|own| own.on_demand?.read),
                            index.on_demand.and_then(|units| units.read),
                            json,
                        );
                        reads(own.and_then(|own| own.throughput), index.throughput, json);
                        warm(index.warm, index.throughput, false, json);
                    });
                }
            });
        }
        json.key("GlobalTableSettingsReplicationMode");
        json.string("ENABLED_WITH_OVERRIDES");
        let own_key = table.definition.encryption.as_ref().filter(|sent| sent.key.is_some());
        if let (Some(_), Some(key)) = (own_key, peer.and_then(Table::encryption_key)) {
            json.key("KMSMasterKeyId");
            json.string(&key);
        }
        if let Some(peer) = peer {
            let read = |table: &Table| table.definition.on_demand?.read;
            ceiling(read(table), read(peer), json);
            reads(table.definition.throughput, peer.definition.throughput, json);
        }
        json.key("RegionName");
        json.string(&replica.region);
        json.key("ReplicaStatus");
        json.string(replica.status(now));
        let Some(peer) = peer else { return };
        if let Some(class) = &peer.definition.class {
            json.key("ReplicaTableClassSummary");
            json.object(|json| {
                date(json, "LastUpdateDateTime", peer.state.class_changed.last().copied());
                json.key("TableClass");
                json.string(class);
            });
        }
        warm(peer.definition.warm, peer.definition.throughput, false, json);
    });
}

fn ceiling(own: Option<i64>, other: Option<i64>, json: &mut Writer) {
    if let Some(units) = other.filter(|_| own != other) {
        json.key("OnDemandThroughputOverride");
        json.object(|json| {
            json.key("MaxReadRequestUnits");
            json.number(units);
        });
    }
}

fn reads(own: Option<Throughput>, other: Option<Throughput>, json: &mut Writer) {
    let (Some(own), Some(other)) = (own, other) else { return };
    if own.read != other.read {
        json.key("ProvisionedThroughputOverride");
        json.object(|json| {
            json.key("ReadCapacityUnits");
            json.number(other.read);
        });
    }
}
