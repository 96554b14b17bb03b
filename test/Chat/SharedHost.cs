[assembly: AssemblyFixture(typeof(Kestrel.Streams.Tests.SampleHost))]
