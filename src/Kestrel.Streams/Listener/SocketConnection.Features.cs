using System.Collections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Kestrel.Streams;

/// <content>
/// The features of the connection: itself, and what others set. Kestrel sets four, which a list finds as fast as the dictionary of a
/// <see cref="FeatureCollection"/>, in 120 bytes a connection instead of 650.
/// </content>
internal sealed partial class SocketConnection : IFeatureCollection,
    IConnectionIdFeature, IConnectionTransportFeature, IConnectionItemsFeature, IConnectionLifetimeFeature, IConnectionEndPointFeature,
    IConnectionSocketFeature
{
    private static readonly Type[] _ownFeatures =
    [
        typeof(IConnectionIdFeature), typeof(IConnectionTransportFeature), typeof(IConnectionItemsFeature),
        typeof(IConnectionLifetimeFeature), typeof(IConnectionEndPointFeature), typeof(IConnectionSocketFeature),
    ];

    // Null for one that was taken away, which may be one of our own.
    private readonly List<KeyValuePair<Type, object?>> _features = new(capacity: 4);
    private int _revision;

    public override IFeatureCollection Features => this;

    bool IFeatureCollection.IsReadOnly => false;

    int IFeatureCollection.Revision => _revision;

    public object? this[Type key]
    {
        get
        {
            ArgumentNullException.ThrowIfNull(key);
            return IndexOf(key) is var index and >= 0 ? _features[index].Value
                : Array.IndexOf(_ownFeatures, key) >= 0 ? this
                : null;
        }
        set
        {
            ArgumentNullException.ThrowIfNull(key);
            _revision++;
            var feature = KeyValuePair.Create(key, value);
            if (IndexOf(key) is var index and >= 0) _features[index] = feature;
            else _features.Add(feature);
        }
    }

    TFeature? IFeatureCollection.Get<TFeature>()
        where TFeature : default => (TFeature?)this[typeof(TFeature)];

    void IFeatureCollection.Set<TFeature>(TFeature? instance)
        where TFeature : default => this[typeof(TFeature)] = instance;

    IEnumerator<KeyValuePair<Type, object>> IEnumerable<KeyValuePair<Type, object>>.GetEnumerator()
    {
        foreach (var type in _ownFeatures.Union(_features.Select(static feature => feature.Key)))
        {
            if (this[type] is { } feature) yield return KeyValuePair.Create(type, feature);
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => ((IEnumerable<KeyValuePair<Type, object>>)this).GetEnumerator();

    private int IndexOf(Type key)
    {
        for (var i = 0; i < _features.Count; i++)
        {
            if (_features[i].Key == key) return i;
        }

        return -1;
    }
}
